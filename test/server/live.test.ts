import { expect } from 'chai';

import type { LiveOptions, LiveSource } from '../../src/server/live.js';
import { liveChunks, startAfter } from '../../src/server/live.js';
import { FakeStudies } from '../support/fake-studies.js';
import { HOSTILE, makeEvents, makeStudy, trialEvents } from '../support/studies.js';

/** A source over fake studies; `ticks` are done one per sleep, then the visitor leaves. */
async function follow(
  studies: FakeStudies,
  ticks: readonly (() => void)[] = [],
  options: Partial<LiveOptions> & { failure?: () => string | null; isOwn?: boolean; isAwaited?: () => boolean } = {},
): Promise<string[]> {
  const { failure = () => null, isOwn = true, isAwaited = () => true, ...rest } = options;
  const source: LiveSource = { open: () => studies.open('s'), failure, isAwaited, isOwn: () => isOwn };
  const gone = new AbortController();
  const left = [...ticks];
  const sleep = async (): Promise<void> => {
    const tick = left.shift();
    if (tick) tick();
    else gone.abort();
  };
  const chunks: string[] = [];
  for await (const chunk of liveChunks(source, { after: 0, signal: gone.signal, sleep, ...rest })) chunks.push(chunk);
  expect(studies.openReaders, 'every reader is closed').to.equal(0);
  return chunks;
}

const ids = (chunks: readonly string[]): (number | null)[] =>
  chunks
    .filter((chunk) => chunk.includes('data: '))
    .map((chunk) => Number(/^id: (\d+)$/m.exec(chunk)?.[1] ?? NaN) || null);
const running = makeStudy({ status: 'running', trials: 3 });

describe('liveChunks', () => {
  it('replays what the visitor has not seen, in the form of the protocol', async () => {
    const studies = new FakeStudies().add('s', running);
    const chunks = await follow(studies, [], { after: 2 });
    expect(chunks[0]).to.equal('retry: 3000\n\n');
    expect(ids(chunks)).to.deep.equal(
      studies.known
        .get('s')!
        .events.slice(2)
        .map(({ id }) => id),
    );
    for (const chunk of chunks.slice(1)) expect(chunk).to.match(/^id: \d+\nevent: [a-z-]+\ndata: \{[^\n]*\}\n\n$/);
  });

  it('ends when a search that waited was taken out of the queue', async () => {
    let isAwaited = true;
    const still = (): void => undefined;
    const leave = (): void => void (isAwaited = false);
    const chunks = await follow(new FakeStudies(), [still, leave, still, still], { isAwaited: () => isAwaited });
    expect(chunks).to.have.length(2);
    expect(chunks[1]).to.match(/^event: failed\n.*deleted before it began/);
  });

  it('sends each new event once, as it is written', async () => {
    const studies = new FakeStudies().add('s', running, makeEvents(running).slice(0, 2));
    const [first, second] = trialEvents(running, running.trials[0]);
    const chunks = await follow(studies, [
      () => studies.tell('s', first),
      () => undefined,
      () => {
        studies.tell('s', second);
        studies.tell('s', second);
      },
    ]);
    expect(ids(chunks)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('tells of the machines of the search, each look at them once and without a number', async () => {
    const studies = new FakeStudies().add('s', running, makeEvents(running).slice(0, 2));
    const seen = (at: number, name: string): void => {
      const machine = { name, slots: 4, done: 1, fits: [], elsewhere: 0, goneAt: null };
      studies.machines = { at, workers: 1, slots: 4, list: [machine] };
    };
    const still = (): void => undefined;
    const chunks = await follow(studies, [
      still,
      () => seen(1000, HOSTILE),
      still,
      still,
      () => seen(2000, 'b:1'),
      still,
    ]);
    const told = chunks.filter((chunk) => chunk.includes('event: machines\n'));
    expect(told).to.have.length(2);
    for (const chunk of told) expect(chunk).to.match(/^event: machines\ndata: \{[^\n]*\}\n\n$/);
    const [row] = (JSON.parse(told[0].split('data: ')[1]) as { rows: { name: string }[] }).rows;
    expect(row.name).to.equal(HOSTILE);
    expect(ids(chunks).filter((id) => id !== null)).to.deep.equal([1, 2]);
  });

  it('waits for a study that is not on disk yet', async () => {
    const studies = new FakeStudies();
    const chunks = await follow(studies, [() => undefined, () => void studies.add('s', running)]);
    expect(ids(chunks)).to.have.length(makeEvents(running).length);
  });

  it('ends after the last event of a run', async () => {
    const done = makeStudy({ trials: 2 });
    const studies = new FakeStudies().add('s', done);
    const never = (): never => {
      throw new Error('must not wait');
    };
    const chunks = await follow(studies, [never]);
    expect(chunks.at(-1)).to.contain('event: finished').and.to.contain('"isLast":true');
  });

  it('tells of a run that failed before its study began, without a number', async () => {
    let failure: string | null = null;
    const chunks = await follow(new FakeStudies(), [() => (failure = 'csv: row 3 must have 4 fields, got 3.')], {
      failure: () => failure,
    });
    expect(chunks.at(-1))
      .to.match(/^event: failed\ndata: /)
      .and.to.contain('csv: row 3 must have 4 fields');
  });

  it('gives a sign of life every 15 seconds of silence', async () => {
    const studies = new FakeStudies().add('s', running, []);
    const silent = Array.from({ length: 45 }, () => () => undefined);
    const chunks = await follow(studies, silent, { pollMs: 1000 });
    expect(chunks.filter((chunk) => chunk === ': still here\n\n')).to.have.length(3);
  });

  it('finds out when another process has left its run', async () => {
    const studies = new FakeStudies().add('s', running, []);
    const leave = (): void => {
      studies.known.get('s')!.view = { ...running, status: 'interrupted' };
    };
    const chunks = await follow(studies, [leave, ...Array.from({ length: 40 }, () => () => undefined)], {
      pollMs: 1000,
      isOwn: false,
    });
    expect(chunks.at(-1))
      .to.match(/^event: interrupted\ndata: /)
      .and.to.contain('--resume');
  });

  it('closes its reader when the visitor leaves in the middle of a chunk', async () => {
    const studies = new FakeStudies().add('s', running);
    const source: LiveSource = {
      open: () => studies.open('s'),
      failure: () => null,
      isAwaited: () => true,
      isOwn: () => true,
    };
    const stream = liveChunks(source, { after: 0, signal: new AbortController().signal });
    await stream.next();
    await stream.next();
    expect(studies.openReaders).to.equal(1);
    await stream.return(undefined);
    expect(studies.openReaders).to.equal(0);
  });
});

describe('startAfter', () => {
  it('takes the later of what the browser and the page have seen, and ignores nonsense', () => {
    expect(startAfter('12', '7')).to.equal(12);
    expect(startAfter(undefined, '7')).to.equal(7);
    for (const bad of ['', '-1', '1e3', 'x', '9'.repeat(30), ' 1']) expect(startAfter(bad, undefined), bad).to.equal(0);
  });
});
