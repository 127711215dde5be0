import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import Database from 'libsql';

import { ToolkitError } from '../../src/core/index.js';
import type { Storage } from '../../src/search/index.js';
import { createSqliteStorage, openSqliteStorage } from '../../src/search/node.js';
import { makeSpec } from '../conformance/storage.js';

const WRITER = fileURLToPath(new URL('./support/writer.ts', import.meta.url));
const PART = { trial: 0, part: 0, value: 1, seconds: 1 };

describe('sqlite storage', () => {
  let folder: string;
  let file: string;
  let open: Storage[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'study-'));
    file = join(folder, 'study.sqlite');
    open = [];
  });
  afterEach(() => {
    for (const storage of open) storage.close();
    rmSync(folder, { recursive: true });
  });
  const track = <T extends Storage>(storage: T): T => (open.push(storage), storage);

  function expectError(work: () => unknown, kind: string, message: string): void {
    let caught: unknown;
    try {
      track(work() as Storage);
    } catch (error) {
      caught = error;
    }
    expect(caught, message).to.be.instanceOf(ToolkitError);
    expect((caught as ToolkitError).message).to.include(message);
    expect((caught as ToolkitError).kind).to.equal(kind);
  }

  /** A closed study with one trial, one part and one blob. */
  function makeStudy(path = file): void {
    const storage = createSqliteStorage(path);
    storage.begin(makeSpec(0));
    storage.recordPart(PART, { oof: new Uint8Array(100_000).fill(7) });
    storage.close();
  }

  describe('on reopening', () => {
    it('has everything, in one file with nothing beside it', () => {
      makeStudy();
      expect(readdirSync(folder)).to.deep.equal(['study.sqlite']);
      const storage = track(openSqliteStorage(file));
      expect(storage.trials()[0]).to.deep.include(makeSpec(0));
      expect(storage.parts(0)).to.have.length(1);
      expect(storage.blob(0, 0, 'oof')).to.deep.equal(new Uint8Array(100_000).fill(7));
      storage.finish(0, { state: 'complete', value: 1 });
    });

    it('numbers events from where it stopped', () => {
      const storage = createSqliteStorage(file);
      expect([storage.appendEvent({}), storage.appendEvent({})]).to.deep.equal([1, 2]);
      storage.close();
      expect(track(openSqliteStorage(file)).appendEvent({})).to.equal(3);
    });

    it('gives the room of dropped blobs back to the disk', () => {
      const storage = createSqliteStorage(file);
      storage.begin(makeSpec(0));
      storage.recordPart(PART, { model: new Uint8Array(5_000_000) });
      storage.close();
      expect(statSync(file).size).to.be.above(5_000_000);
      const again = openSqliteStorage(file);
      again.dropBlobs(0);
      again.close();
      expect(statSync(file).size).to.be.below(100_000);
    });

    it('works below any name', () => {
      for (const name of ['a b', 'ü', '100%', 'what?mode=ro', 'a#b', "it's", 'file:x']) {
        const path = join(folder, `${name}.sqlite`);
        makeStudy(path);
        expect(existsSync(path), name).to.equal(true);
        const storage = openSqliteStorage(path);
        expect(storage.trials()).to.have.length(1);
        storage.close();
      }
    });
  });

  it('is a database that any tool can read, in words that people use', () => {
    makeStudy();
    const db = new Database(file);
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all([]) as {
      name: string;
    }[];
    expect(tables.map(({ name }) => name)).to.deep.equal(['artefact', 'blob', 'event', 'fold', 'study', 'trial']);
    const [row] = db.prepare("SELECT family, params ->> 'depth' AS depth, state FROM trial").all([]);
    expect(row).to.deep.equal({ family: 'lrnn', depth: 0, state: 'running' });
    db.close();
  });

  /** The file as version 1 wrote it: without checksums. */
  function toVersion1(): void {
    const db = new Database(file);
    for (const table of ['study', 'trial', 'fold', 'blob', 'artefact', 'event']) {
      db.exec(`ALTER TABLE ${table} DROP COLUMN checksum`);
    }
    db.exec('PRAGMA user_version = 1');
    db.close();
  }

  it('opens a file of version 1, goes on with it, and leaves it one that version 1 can read', () => {
    makeStudy();
    toVersion1();
    const storage = openSqliteStorage(file);
    expect(storage.trials()[0]).to.deep.include(makeSpec(0));
    expect(storage.blob(0, 0, 'oof')).to.deep.equal(new Uint8Array(100_000).fill(7));
    storage.finish(0, { state: 'complete', value: 1 });
    storage.begin(makeSpec(1));
    storage.set('key', 'ü');
    storage.appendEvent({ a: 1 });
    storage.putBlob('b', new Uint8Array(3));
    storage.close();
    const again = track(openSqliteStorage(file, { readonly: true }));
    expect(again.trials().map(({ state }) => state)).to.deep.equal(['complete', 'running']);
    expect([again.get('key'), again.events().length]).to.deep.equal(['ü', 1]);
    const db = new Database(file);
    expect(db.prepare('PRAGMA user_version').raw().all([])).to.deep.equal([[1]]);
    db.close();
  });

  describe('tells by a checksum that a cell is not what was written', () => {
    const changes: Record<string, [string, (storage: Storage) => unknown]> = {
      'a setting': [`UPDATE study SET value = '2'`, (storage) => storage.get('key')],
      'the name of a setting': [`UPDATE study SET key = 'yek'`, (storage) => storage.get('yek')],
      'a setting that is no UTF-8': [`UPDATE study SET value = CAST(x'ff' AS TEXT)`, (storage) => storage.get('key')],
      'a loss': ['UPDATE fold SET value = 2', (storage) => storage.parts()],
      'a loss that is none': [`UPDATE fold SET value = CAST(x'ff' AS TEXT)`, (storage) => storage.parts(0)],
      'what a part tells': [`UPDATE fold SET info = '{"a":2}'`, (storage) => storage.parts(0, { without: 'a' })],
      'a state': [`UPDATE trial SET state = 'failed'`, (storage) => storage.trials()],
      'settings of a trial': [`UPDATE trial SET params = '{'`, (storage) => storage.trials()],
      predictions: [`UPDATE blob SET bytes = x'00'`, (storage) => storage.blob(0, 0, 'oof')],
      'an event': [`UPDATE event SET event = '{}'`, (storage) => storage.events()],
      'the number of an event': ['UPDATE event SET id = 7', (storage) => storage.events()],
      'a checksum that is no UTF-8': [
        `UPDATE study SET checksum = CAST(x'c3ff' AS TEXT)`,
        (storage) => storage.get('key'),
      ],
      'an artefact': [`UPDATE artefact SET bytes = x''`, (storage) => storage.getBlob('b')],
    };
    for (const [what, [sql, read]] of Object.entries(changes)) {
      it(what, () => {
        makeStudy();
        const writer = openSqliteStorage(file);
        writer.set('key', 1);
        writer.appendEvent({ a: 1 });
        writer.putBlob('b', new Uint8Array(3));
        writer.close();
        const whole = track(openSqliteStorage(file, { readonly: true }));
        expect(() => read(whole)).not.to.throw();
        const db = new Database(file);
        db.exec(sql);
        db.close();
        const reader = track(openSqliteStorage(file, { readonly: true }));
        const message = 'study.sqlite must be a whole SQLite file. It is damaged or cut short.';
        expectError(() => read(reader), 'data', message);
        expectError(() => openSqliteStorage(file), 'data', message);
        expect(existsSync(`${file}-lock`), 'no lock stays').to.equal(false);
      });
    }

    it('and by a look at the structure, though what that says is no UTF-8', () => {
      makeStudy();
      const db = new Database(file);
      db.exec('CREATE TABLE more (a); INSERT INTO more VALUES (NULL); PRAGMA writable_schema = ON');
      const sql = `CAST(x'${Buffer.from('CREATE TABLE mor\xe9 (a NOT NULL)', 'latin1').toString('hex')}' AS TEXT)`;
      const name = `CAST(x'${Buffer.from('mor\xe9', 'latin1').toString('hex')}' AS TEXT)`;
      db.exec(`UPDATE sqlite_master SET name = ${name}, tbl_name = ${name}, sql = ${sql} WHERE name = 'more'`);
      db.close();
      expectError(() => openSqliteStorage(file), 'data', 'It is damaged or cut short.');
    });

    it('and where only the place to look for it is another one', () => {
      const storage = createSqliteStorage(file);
      storage.begin(makeSpec(0));
      storage.recordPart(PART, { wanted: Uint8Array.of(1, 2, 3) });
      storage.close();
      const whole = readFileSync(file);
      let copies = 0;
      for (let at = whole.indexOf('wanted'); at >= 0; at = whole.indexOf('wanted', at + 1)) {
        const bytes = Buffer.from(whole);
        bytes[at] ^= 1;
        writeFileSync(file, bytes);
        expectError(() => openSqliteStorage(file), 'data', 'It is damaged or cut short.');
        copies++;
      }
      // In the row, and in what SQLite looks rows up by.
      expect(copies).to.equal(2);
    });

    it('and without checksums refuses what no cell can be', () => {
      for (const change of [
        `UPDATE trial SET params = '{'`,
        `UPDATE trial SET info = CAST(x'ff' AS TEXT)`,
        `UPDATE trial SET state = 'nothing'`,
      ]) {
        rmSync(file, { force: true });
        makeStudy();
        toVersion1();
        const db = new Database(file);
        db.exec(change);
        db.close();
        const reader = track(openSqliteStorage(file, { readonly: true }));
        expectError(() => reader.trials(), 'data', 'It is damaged or cut short.');
      }
    });
  });

  describe('refuses', () => {
    it('to make a study where there is a file with something in it', () => {
      makeStudy();
      expectError(
        () => createSqliteStorage(file),
        'state',
        'study.sqlite must not exist yet. Open it to go on with it',
      );
      writeFileSync(file, 'precious words, not a database. '.repeat(100));
      expectError(() => createSqliteStorage(file), 'state', 'must not exist yet');
      expect(readFileSync(file, 'utf8')).to.match(/^precious/);
    });

    it('a file that is not there', () => {
      expectError(() => openSqliteStorage(file), 'data', 'study.sqlite must exist.');
      expectError(() => openSqliteStorage(file, { readonly: true }), 'data', 'study.sqlite must exist.');
      expect(readdirSync(folder)).to.deep.equal([]);
    });

    it('a file that is not SQLite, an empty one, and the database of somebody else', () => {
      for (const readonly of [true, false]) {
        writeFileSync(file, 'a,b\n1,2\n'.repeat(1000));
        expectError(() => openSqliteStorage(file, { readonly }), 'data', 'study.sqlite must be an SQLite file.');
        writeFileSync(file, '');
        expectError(() => openSqliteStorage(file, { readonly }), 'data', 'must be a study written by lrnn-automl.');
        rmSync(file);
        const db = new Database(file);
        db.exec('CREATE TABLE trial (x)');
        db.close();
        expectError(() => openSqliteStorage(file, { readonly }), 'data', 'must be a study written by lrnn-automl.');
        rmSync(file);
      }
    });

    it('a study of a newer version, and leaves it as it is', () => {
      makeStudy();
      const db = new Database(file);
      db.exec('PRAGMA user_version = 99');
      db.close();
      const before = readFileSync(file);
      const message = 'schema version must be 2, got 99. It was written by a newer lrnn-automl; upgrade to open it.';
      expectError(() => openSqliteStorage(file), 'state', message);
      expectError(() => openSqliteStorage(file, { readonly: true }), 'state', message);
      expect(readFileSync(file).equals(before)).to.equal(true);
    });

    it('a file cut short or overwritten in the middle', () => {
      for (const readonly of [true, false]) {
        for (const damage of [
          () => truncateSync(file, 20_000),
          () => writeFileSync(file, readFileSync(file).fill(0xff, 4096, 30_000)),
        ]) {
          makeStudy();
          damage();
          const readAll = (): Storage => {
            const storage = track(openSqliteStorage(file, { readonly }));
            for (const { trial, part } of storage.parts()) storage.blob(trial, part, 'oof');
            storage.trials();
            return storage;
          };
          expectError(readAll, 'data', 'must be a whole SQLite file. It is damaged or cut short.');
          for (const storage of open.splice(0)) storage.close();
          rmSync(file);
        }
      }
    });

    it('a folder that does not exist', () => {
      const path = join(folder, 'none', 'study.sqlite');
      expectError(() => createSqliteStorage(path), 'state', 'must be a file that can be written.');
    });

    it('to write through a reader', () => {
      makeStudy();
      const reader = track(openSqliteStorage(file, { readonly: true }));
      expectError(() => reader.set('a', 1), 'state', 'study.sqlite must be open for writing.');
      expectError(() => reader.begin(makeSpec(5)), 'state', 'must be open for writing.');
      expectError(() => reader.recordPart(PART, { a: new Uint8Array(1) }), 'state', 'must be open for writing.');
      expect(reader.trials()).to.have.length(1);
    });

    it('a second writer until the first has closed', () => {
      const first = track(createSqliteStorage(file));
      const message = 'study.sqlite is in use: another process is running this study. Wait until it ends, or stop it.';
      expectError(() => openSqliteStorage(file), 'state', message);
      expectError(() => createSqliteStorage(file), 'state', message);
      first.set('still', 'fine');
      first.close();
      expect(track(openSqliteStorage(file)).get('still')).to.equal('fine');
    });
  });

  describe('for readers', () => {
    it('shows each commit of the writer at once, and never holds it up', () => {
      const writer = track(createSqliteStorage(file));
      const reader = track(openSqliteStorage(file, { readonly: true }));
      for (let trial = 0; trial < 20; trial++) {
        writer.begin(makeSpec(trial));
        writer.recordPart({ ...PART, trial }, { oof: new Uint8Array(50_000) });
        expect(reader.trials()).to.have.length(trial + 1);
        expect(reader.blob(trial, 0, 'oof')).to.have.length(50_000);
      }
      writer.close();
      expect(reader.parts()).to.have.length(20);
      const resumed = track(openSqliteStorage(file));
      resumed.begin(makeSpec(20));
      expect(reader.trials()).to.have.length(21);
    });

    it('opens a closed study in a folder and a file that cannot be written', () => {
      makeStudy();
      chmodSync(file, 0o444);
      chmodSync(dirname(file), 0o555);
      // Root may write anywhere, so it becomes nobody for a moment.
      const isRoot = process.getuid?.() === 0;
      if (isRoot) process.seteuid?.(65534);
      try {
        const reader = openSqliteStorage(file, { readonly: true });
        expect(reader.trials()).to.have.length(1);
        reader.close();
        expectError(() => openSqliteStorage(file), 'state', 'must be a file that can be written.');
      } finally {
        if (isRoot) process.seteuid?.(0);
        chmodSync(dirname(file), 0o755);
      }
    });
  });

  it('keeps every acknowledged part whole when its process is killed at any instant, again and again', async function () {
    this.timeout(60_000);
    let acknowledged = 0;
    for (const [lines, delayMs] of [
      [1, 0],
      [7, 3],
      [2, 11],
      [12, 1.5],
    ]) {
      // prettier-ignore
      const said = await killAfter(file, lines, delayMs);
      acknowledged += said;
      const reader = openSqliteStorage(file, { readonly: true });
      const parts = reader.parts();
      reader.close();
      const storage = openSqliteStorage(file);
      expect(parts, 'a reader sees what a writer sees').to.deep.equal(storage.parts());
      expect(parts.length).to.be.at.least(acknowledged);
      acknowledged = parts.length;
      for (const { trial, part, value } of parts) {
        const byte = (trial * 3 + part) % 256;
        expect(value).to.equal(byte);
        expect(storage.blob(trial, part, 'small')).to.deep.equal(new Uint8Array(10).fill(byte));
        expect(Buffer.compare(storage.blob(trial, part, 'large')!, Buffer.alloc(300_000, byte))).to.equal(0);
      }
      const ids = storage.events().map(({ id }) => id);
      expect(ids).to.deep.equal(ids.map((_id, i) => i + 1));
      expect(storage.trials().filter(({ state }) => state === 'running').length).to.be.at.most(4);
      storage.close();
      // Readers of this process may still be open (libsql closes with the garbage collector), so the log may stay, empty.
      const full = readdirSync(folder).filter(
        (name) => !name.endsWith('-shm') && statSync(join(folder, name)).size > 0,
      );
      expect(full).to.deep.equal([basename(file)]);
      expect(readdirSync(folder)).to.not.include(`${basename(file)}-lock`);
    }
  });

  /** Starts a writer, meets its lock, and kills it soon after it has said so many lines; returns how many it said. */
  async function killAfter(path: string, lines: number, delayMs: number): Promise<number> {
    const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', WRITER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let said = 0;
    const counter = createInterface({ input: child.stdout! });
    const drained = once(counter, 'close');
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the writer ended by itself')));
      counter.on('line', () => {
        if (++said === lines) resolve();
      });
    });
    expectError(() => openSqliteStorage(path), 'state', 'another process is running this study');
    await sleep(delayMs);
    child.kill('SIGKILL');
    const [, signal] = (await ended) as [number | null, string];
    expect(signal).to.equal('SIGKILL');
    await drained;
    return said;
  }
});
