import { spawnSync } from 'node:child_process';

import { expect } from 'chai';

import { StudyThread } from '../../../src/run/serve/study-thread.js';
import { eventually } from '../../support/redis.js';

const NO_STUDY = { kind: 'study', file: '/nowhere/study.sqlite' } as const;

describe('StudyThread', function () {
  this.timeout(60_000);

  it('ends when nobody has asked it for a while, and starts anew with the next question', async () => {
    const thread = new StudyThread(10);
    for (let round = 0; round < 2; round++) {
      const asked = thread.ask(NO_STUDY).catch((error: Error) => error.message);
      expect(thread.isRunning).to.equal(true);
      expect(await asked).to.include('must exist');
      await eventually('it has ended', () => !thread.isRunning);
    }
  });

  it('does not end while a question waits for its answer', async () => {
    const thread = new StudyThread(0);
    const answers = Array.from({ length: 20 }, () => thread.ask(NO_STUDY).catch((error: Error) => error.message));
    for (const text of await Promise.all(answers)) expect(text).to.include('must exist');
    await thread.close();
  });

  it('lets its thread end by itself, after the question that is under way', async () => {
    const thread = new StudyThread();
    const codes: number[] = [];
    process.once('worker', (worker) => void worker.once('exit', (code) => codes.push(code)));
    await thread.ask(NO_STUDY).catch(() => null);
    const asked = thread.ask(NO_STUDY).catch((error: Error) => error.message);
    await thread.close();
    expect(await asked).to.equal('the thread was closed');
    expect(codes).to.deep.equal([0]);
  });

  it('keeps a process that waits for its end alive until then', () => {
    const place = new URL('../../../src/run/serve/study-thread.ts', import.meta.url).href;
    const program = `const { StudyThread } = await import('${place}');
      const thread = new StudyThread();
      await thread.ask(${JSON.stringify(NO_STUDY)}).catch(() => null);
      await thread.close();
      console.log('closed');`;
    const words = ['--import', 'tsx', '--input-type=module', '-e', program];
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect([status, stdout]).to.deep.equal([0, 'closed\n']);
  });
});
