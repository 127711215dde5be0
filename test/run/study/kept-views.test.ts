import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { StudyView } from '../../../src/automl/index.js';
import { studyRecord } from '../../../src/automl/index.js';
import { fit, KeptViews, openStudy } from '../../../src/run/index.js';
import { createMemoryStorage, readingOnce } from '../../../src/search/index.js';
import { openSqliteStorage } from '../../../src/search/node.js';
import { makeStudy } from '../../support/studies.js';

describe('KeptViews', () => {
  const ended = makeStudy({ trials: 1 });

  it('keeps eight views of studies that ended, those used last, and none of a study that runs', () => {
    const kept = new KeptViews();
    const read: string[] = [];
    const of = (key: string, view: StudyView = ended): void =>
      void kept.of(key, () => {
        read.push(key);
        return view;
      });
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a', 'i', 'a', 'b']) of(key);
    expect(read.join('')).to.equal('abcdefghib');
    const running: StudyView = { ...ended, status: 'running' };
    of('r', running);
    of('r', running);
    expect(read.join('')).to.equal('abcdefghibrr');
  });
});

describe('a study that is read again', () => {
  let root: string;
  let folder: string;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-kept-'));
    folder = join(root, 'one');
    const data = join(root, 'rows.csv');
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 3) % 11},${i % 2 ? 'a' : 'b'}`);
    writeFileSync(data, `x,z,y\n${rows.join('\n')}\n`);
    await fit({ data, target: 'y', models: ['dummy', 'linear'], trials: 2, out: folder, workers: 1 });
  });
  after(() => rmSync(root, { recursive: true }));
  const seen = (kept: KeptViews | null): StudyView => {
    const reader = openStudy(folder, kept);
    try {
      return reader.view();
    } finally {
      reader.close();
    }
  };

  it('is the view that was kept until it goes on, and then as it is at each moment', () => {
    const kept = new KeptViews();
    const first = seen(kept);
    expect(first).to.deep.equal(seen(null));
    expect(seen(kept)).to.equal(first);
    const storage = openSqliteStorage(join(folder, 'study.sqlite'));
    const progress = studyRecord.progress(storage);
    const [last] = storage.events(storage.lastEventId() - 1);
    try {
      studyRecord.setProgress(storage, { ...progress, status: 'running' });
      storage.appendEvent({ type: 'warning', message: 'it goes on' });
      expect(seen(kept).status).to.equal('running');
      storage.begin({ number: 9, group: 'linear', origin: 'tpe', params: {}, assignment: null, seed: 1 });
      expect(seen(kept).trials.map(({ number }) => number)).to.deep.equal([0, 1, 9]);
    } finally {
      storage.close();
    }
    expect(seen(kept).status, 'nobody holds it').to.equal('interrupted');
    const again = openSqliteStorage(join(folder, 'study.sqlite'));
    again.finish(9, { state: 'failed', value: null, error: 'no' });
    studyRecord.setProgress(again, progress);
    again.appendEvent(last.event);
    again.close();
    expect(seen(kept).trials[2]).to.deep.include({ state: 'failed', error: 'no' });
    expect(seen(kept)).to.equal(seen(kept));
  });

  it('gives models as they are without what was kept', () => {
    const kept = new KeptViews();
    for (const views of [null, kept, kept]) {
      const reader = openStudy(folder, views);
      const { entry, foldScores } = reader.model('linear-1');
      reader.close();
      expect(entry).to.deep.equal(seen(null).summary.leaderboard.find(({ model }) => model === 'linear-1'));
      expect(foldScores).to.deep.equal(seen(null).trials[1].foldScores);
    }
  });
});

describe('readingOnce', () => {
  it('reads all trials once, and hands out lists of their own', () => {
    const storage = createMemoryStorage();
    const begin = (number: number): void =>
      storage.begin({ number, group: 'g', origin: 'o', params: {}, assignment: null, seed: 1 });
    begin(0);
    const once = readingOnce(storage);
    once.trials().length = 0;
    begin(1);
    expect(once.trials().map(({ number }) => number)).to.deep.equal([0]);
    expect(storage.trials()).to.have.length(2);
    once.set('key', 'value');
    expect(storage.get('key')).to.equal('value');
  });
});
