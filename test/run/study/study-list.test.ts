import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { fit, StudyList } from '../../../src/run/index.js';
import { listEntry } from '../../../src/run/study/study-list.js';
import { openSqliteStorage } from '../../../src/search/node.js';

describe('StudyList', () => {
  let root: string;
  const file = (name: string): string => join(root, name, 'study.sqlite');
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-list-'));
    const data = join(root, 'rows.csv');
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 3) % 11},${i % 2 ? 'a' : 'b'}`);
    writeFileSync(data, `x,z,y\n${rows.join('\n')}\n`);
    await fit({ data, target: 'y', models: ['dummy'], trials: 1, out: join(root, 'one'), workers: 1 });
  });
  after(() => rmSync(root, { recursive: true }));

  it('is the very same list while nothing changes, and another one when a study comes or goes', () => {
    const list = new StudyList(root);
    const first = list.list();
    expect(first.map(({ name, status }) => [name, status])).to.deep.equal([['one', 'complete']]);
    expect(list.list()).to.equal(first);
    mkdirSync(join(root, 'two'));
    copyFileSync(file('one'), file('two'));
    const both = list.list();
    expect(both.map(({ name }) => name)).to.have.members(['one', 'two']);
    expect(both, 'what was read stays').to.include(first[0]);
    rmSync(join(root, 'two'), { recursive: true });
    expect(list.list()).to.deep.equal(first);
  });

  it('leaves out a study that is taken away between the look at its folder and the look into it', () => {
    expect(listEntry('gone', join(root, 'gone'))).to.equal(null);
    mkdirSync(join(root, 'gone'));
    expect(listEntry('gone', join(root, 'gone'))).to.equal(null);
    rmSync(join(root, 'gone'), { recursive: true });
    expect(listEntry('one', join(root, 'one'))).to.deep.include({ name: 'one', status: 'complete' });
  });

  it('reads a study again that was written, and one that somebody holds at every look', () => {
    const list = new StudyList(root);
    const [before] = list.list();
    writeFileSync(`${file('one')}-lock`, '');
    const [held] = list.list();
    expect(held).to.not.equal(before);
    expect(list.list()[0]).to.not.equal(held);
    const storage = openSqliteStorage(file('one'));
    storage.appendEvent({ type: 'note', text: 'once more' });
    storage.close();
    rmSync(`${file('one')}-lock`, { force: true });
    const [after] = list.list();
    expect(after).to.not.equal(held);
    expect(list.list()[0]).to.equal(after);
  });

  it('reads a study once whose log stayed beside it because somebody read on, and again when that grows', () => {
    mkdirSync(join(root, 'read'));
    copyFileSync(file('one'), file('read'));
    const writer = openSqliteStorage(file('read'));
    const reader = openSqliteStorage(file('read'), { readonly: true });
    reader.trials();
    writer.appendEvent({ type: 'note', text: 'the end' });
    rmSync(`${file('read')}-lock`, { force: true });
    expect(existsSync(`${file('read')}-wal`)).to.equal(true);
    const list = new StudyList(root);
    const entry = () => list.list().find(({ name }) => name === 'read')!;
    const first = entry();
    expect(entry()).to.equal(first);
    writer.appendEvent({ type: 'note', text: 'and more' });
    const second = entry();
    expect(second).to.not.equal(first);
    expect(entry()).to.equal(second);
    reader.close();
    writer.close();
    rmSync(join(root, 'read'), { recursive: true });
  });

  it('marks what is damaged, leaves out what is no study, and follows no links', () => {
    mkdirSync(join(root, 'bad'));
    writeFileSync(file('bad'), 'no study at all, but long enough to be looked at'.repeat(50));
    mkdirSync(join(root, 'empty'));
    mkdirSync(join(root, 'linked'));
    symlinkSync(file('one'), file('linked'));
    const list = new StudyList(root);
    const names = Object.fromEntries(list.list().map(({ name, status }) => [name, status]));
    expect(names).to.deep.equal({ bad: 'damaged', one: 'complete' });
    expect(list.list()).to.equal(list.list());
    expect(new StudyList(join(root, 'nowhere')).list()).to.deep.equal([]);
  });
});
