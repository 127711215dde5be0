import { expect } from 'chai';

import type { RunEvent } from '../../src/automl/index.js';
import type { Output } from '../../src/cli/commands.js';
import type { ProgressOptions, ProgressView } from '../../src/cli/progress.js';
import { bar, createProgress } from '../../src/cli/progress.js';
import { displayWidth } from '../../src/cli/text.js';
import { makeEvents, makeStudy } from '../support/studies.js';
import type { FakeOutput } from './support/terminal.js';
import { fakeOutput, onScreen } from './support/terminal.js';

interface Stage {
  readonly view: ProgressView;
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** Lets time pass. */
  readonly wait: (milliseconds: number) => void;
}

function stage(
  settings: Partial<Pick<ProgressOptions, 'quiet' | 'json'>> & {
    out?: Partial<Output>;
    err?: Partial<Output>;
  } = {},
): Stage {
  const { quiet = false, json = false, out = {}, err = {} } = settings;
  const [stdout, stderr] = [fakeOutput(out), fakeOutput(err)];
  let clock = 0;
  const view = createProgress({ quiet, json, stdout, stderr, now: () => clock });
  return { view, stdout, stderr, wait: (milliseconds) => (clock += milliseconds) };
}

const TTY = { isTTY: true, columns: 100 };
const study = makeStudy({ trials: 6 });
const events = makeEvents(study);
/** The eleventh trial of these studies fails. */
const failedTrial = makeEvents(makeStudy({ trials: 11 })).findLast((event) => event.type === 'trial')!;
const eventsUntil = (type: RunEvent['type']): RunEvent[] =>
  events.slice(0, events.findIndex((e) => e.type === type) + 1);

/** Plays events with a redraw after each. */
function play({ view, wait }: Stage, played: readonly RunEvent[]): void {
  for (const event of played) {
    wait(1000);
    view.show(event);
  }
}

/** Two fits of one model, and two of another of which one fails. */
const REFITS = (['lrnn-2', 'lrnn-2', 'mlp-3', 'mlp-3'] as const).map((model, i) => ({
  type: 'refit' as const,
  model,
  seconds: 1,
  error: i === 2 ? 'no memory' : null,
  done: i + 1,
  total: 4,
  isWhole: i % 2 === 1,
}));

/** The line that a terminal shows last. */
const lastLine = (output: FakeOutput): string => onScreen(output.text()).at(-1)!;

describe('progress in a pipe', () => {
  it('writes one line when the search starts and one per finished trial', () => {
    const s = stage();
    play(s, events);
    const lines = s.stdout.text().trimEnd().split('\n');
    expect(lines).to.have.length(7);
    expect(lines[0]).to.equal(
      'car-prices: regression by rmse (lower is better), 804 rows, 161 of them held out, 7 columns, 5 folds.',
    );
    expect(lines[2]).to.match(/^2\/6 [a-z]+-1: rmse [\d,]+ ± [\d,]+, best [\d,]+ \([a-z]+-\d\), 24 s left$/);

    expect(s.stdout.text()).not.to.match(/[\r\u001b]/);
  });

  it('says that a study goes on', () => {
    const s = stage();
    const started = events.find(({ type }) => type === 'started') as Extract<RunEvent, { type: 'started' }>;
    s.view.show({ ...started, resumed: true, holdoutRows: 0 });
    expect(s.stdout.text()).to.equal(
      'car-prices, going on: regression by rmse (lower is better), 804 rows, 7 columns, 5 folds.\n',
    );
  });

  it('says which models were fitted again, once each, and which could not be', () => {
    const s = stage();
    play(s, [...eventsUntil('started'), ...REFITS]);
    const lines = s.stdout.text().trimEnd().split('\n').slice(1);
    expect(lines).to.deep.equal([
      '2/4 fits, lrnn-2: fitted again with more rows',
      '3/4 fits, mlp-3: could not be fitted again (no memory)',
      '4/4 fits, mlp-3: fitted again with more rows',
    ]);
  });

  it('gives the reason of a failed trial', () => {
    const s = stage();
    play(s, [...eventsUntil('started'), failedTrial]);
    expect(s.stdout.text()).to.include(
      `11/11 ${failedTrial.trial.model}: failed (mlp.fit: loss must stay finite, got NaN at step 120.)`,
    );
  });

  it('counts trials without an end when a clock sets it', () => {
    const s = stage();
    const timed = events.map((event) =>
      event.type === 'trial' ? { ...event, progress: { ...event.progress, plannedTrials: null } } : event,
    );
    play(s, timed);
    expect(s.stdout.text()).to.match(/^2 [a-z]+-1: rmse/m);
  });

  it('cannot be broken by names', () => {
    const s = stage();
    const hostile = events.map((event) =>
      event.type === 'trial' ? { ...event, trial: { ...event.trial, model: 'a\n\u001b[2J' } } : event,
    );
    play(s, hostile);
    expect(s.stdout.text()).to.include('2/6 a\\n\\u001b[2J: ').and.not.include('\u001b');
  });
});

describe('progress on a terminal', () => {
  it('counts the fits after the search', () => {
    const s = stage({ out: TTY });
    play(s, [...eventsUntil('started'), { type: 'phase', phase: 'refitting' }]);
    expect(lastLine(s.stdout)).to.equal('fitting again with more rows …');
    play(s, REFITS.slice(0, 3));
    expect(lastLine(s.stdout)).to.equal('fitting again with more rows, 3 of 4 …');
  });

  it('keeps one line with the bar, the trials, the best score and the time left', () => {
    const s = stage({ out: TTY });
    play(s, eventsUntil('trial'));
    expect(lastLine(s.stdout)).to.match(/^████░{20} 1\/6 trials · best rmse [\d,]+ \([a-z]+-0\) · 30 s left$/);
    expect(onScreen(s.stdout.text())).to.have.length(2);
  });

  it('says how many workers there are where other machines fit, and leaves that out before the score', () => {
    const shared = eventsUntil('trial').map((event): RunEvent => {
      if (!('progress' in event)) return event;
      return { ...event, progress: { ...event.progress, workers: { count: 12, fits: [], machines: 3 } } };
    });
    for (const [columns, said] of [
      [100, /· best rmse \S+ \([a-z]+-0\) · 3 workers · 30 s left$/],
      [53, /1\/6 trials · best rmse \S+ · 30 s left$/],
    ] as const) {
      const s = stage({ out: { ...TTY, columns } });
      play(s, shared);
      expect(lastLine(s.stdout)).to.match(said);
    }
    const piped = stage();
    play(piped, shared);
    expect(piped.stdout.text()).to.match(/^1\/6 \S+: .*, 3 workers, 30 s left$/m);
  });

  it('moves with every fold', () => {
    const s = stage({ out: TTY });
    const folds = events.filter(({ type }) => type === 'started' || type === 'fold').slice(0, 4);
    play(s, folds);
    // Three folds of thirty: a tenth of 24 cells.
    expect(lastLine(s.stdout)).to.match(/^██▍░{21} 0\/6 trials/);
  });

  it('lets the time left run down between events', () => {
    const s = stage({ out: TTY });
    play(s, eventsUntil('trial'));
    s.wait(12_000);
    s.view.tick();
    expect(lastLine(s.stdout)).to.include('18 s left');
    s.wait(60_000);
    s.view.tick();
    expect(lastLine(s.stdout)).to.include('1 s left');
  });

  it('draws no more often than an eye can follow', () => {
    const s = stage({ out: TTY });
    play(s, eventsUntil('trial'));
    const before = s.stdout.text().length;
    const fold = events.filter(({ type }) => type === 'fold').slice(6, 9);
    for (const event of fold) s.view.show(event);
    expect(s.stdout.text()).to.have.length(before);
  });

  it('does not write the same line again', () => {
    const s = stage({ out: TTY });
    s.view.show({ type: 'phase', phase: 'reading' });
    const before = s.stdout.text();
    expect(lastLine(s.stdout)).to.equal('reading the file …');
    s.wait(5000);
    s.view.tick();
    expect(s.stdout.text()).to.equal(before);
  });

  it('says nothing before anything happens', () => {
    const s = stage({ out: TTY });
    s.view.tick();
    s.view.clear();
    expect(s.stdout.text()).to.equal('');
  });

  for (const columns of [1, 5, 12, 20, 30, 45, 60, 80, 200]) {
    it(`fits into ${columns} columns`, () => {
      const s = stage({ out: { isTTY: true, columns, color: true } });
      play(s, eventsUntil('trial'));
      const line = lastLine(s.stdout);
      expect(displayWidth(line)).to.be.at.most(Math.max(1, columns - 1));
      expect(line).to.not.equal('');
      if (columns >= 20) expect(line).to.include('1/6');
    });
  }

  it('fills the bar by the clock when there is no number of trials', () => {
    const s = stage({ out: TTY });
    const timed = eventsUntil('trial').map((event) =>
      event.type === 'trial'
        ? { ...event, progress: { ...event.progress, plannedTrials: null, elapsedSeconds: 30, secondsLeft: 30 } }
        : event,
    );
    play(s, timed);
    expect(lastLine(s.stdout)).to.match(/^█{12}░{12} 1 trial · /);
    s.wait(15_000);
    s.view.tick();
    expect(lastLine(s.stdout)).to.match(/^█{18}░{6} 1 trial · .* 15 s left$/);
  });

  it('takes the line away for a warning, a failed trial and the end', () => {
    const s = stage({ out: TTY });
    play(s, eventsUntil('fold'));
    s.view.show({ type: 'warning', message: 'column "a": 2 cells are odd' });
    expect(lastLine(s.stdout)).to.equal('');
    expect(s.stderr.text()).to.include('Note: column "a": 2 cells are odd.\n');
    s.wait(1000);
    s.view.show(failedTrial);
    expect(onScreen(s.stdout.text()).at(-2)).to.include(`${failedTrial.trial.model}: failed`);
    s.view.show(events.at(-1)!);
    expect(lastLine(s.stdout)).to.equal('');
    s.wait(1000);
    s.view.tick();
    expect(lastLine(s.stdout)).to.equal('');
  });
});

describe('progress that is not wanted', () => {
  it('is silent when quiet, but for warnings', () => {
    const s = stage({ quiet: true, out: TTY, err: TTY });
    play(s, events);
    expect(s.stdout.text()).to.equal('');
    expect(s.stderr.text()).to.equal(`Note: ${study.warnings[0]}.\n`);
  });

  it('leaves standard output alone with --json', () => {
    const s = stage({ json: true, out: TTY });
    play(s, events);
    expect(s.stdout.text()).to.equal('');
    expect(s.stderr.text()).to.equal(`Note: ${study.warnings[0]}.\n`);
  });

  it('shows the line on standard error with --json when that is a terminal', () => {
    const s = stage({ json: true, err: TTY });
    play(s, eventsUntil('trial'));
    expect(s.stdout.text()).to.equal('');
    expect(lastLine(s.stderr)).to.include('1/6 trials');
  });
});

describe('bar', () => {
  it('fills by eighths, and never leaves its frame', () => {
    expect([0, 0.5, 1, -1, 2].map((share) => bar(share, 4))).to.deep.equal(['░░░░', '██░░', '████', '░░░░', '████']);
    expect(bar(0.1, 10)).to.equal('█░░░░░░░░░');
    expect(bar(0.11, 10)).to.equal('█▏░░░░░░░░');
    for (let i = 0; i <= 100; i++) expect(displayWidth(bar(i / 100, 10))).to.equal(10);
  });
});
