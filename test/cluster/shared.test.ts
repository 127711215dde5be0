import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import { CHUNK_BYTES } from '../../src/cluster/parts.js';
import { fetchShared, MARK, openShared, sharedFault } from '../../src/cluster/shared.js';
import { SharedStudy } from '../../src/cluster/shared-study.js';
import { offerOf } from '../../src/cluster/transfer.js';
import { ToolkitError } from '../../src/core/index.js';
import { eventually } from '../support/redis.js';
import { seeded } from '../support/seed.js';

const STUDY = 'c'.repeat(32);
const goOn = (): void => undefined;

async function refusal(work: Promise<unknown>): Promise<ToolkitError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(ToolkitError);
  return error as ToolkitError;
}

describe('a folder that all machines see', () => {
  let path = '';
  let notices: string[] = [];
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'lrnn-shared-'));
    notices = [];
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  const tables = (): string[] => readdirSync(path).filter((name) => name !== MARK);
  const offerFor = (bytes: Uint8Array) => offerOf('1.0.0-node20', bytes, true);

  async function studyOf(bytes: Uint8Array, study = STUDY): Promise<SharedStudy> {
    const notice = (sentence: string): void => void notices.push(sentence);
    return new SharedStudy({ folder: await openShared(path), study, again: () => bytes, notice });
  }

  async function fetched(bytes: Uint8Array): Promise<Uint8Array> {
    return fetchShared({ folder: await openShared(path), study: STUDY, offer: offerFor(bytes), goOn, patienceMs: 0 });
  }

  it('is called the same by everybody who comes first', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, async () => (await openShared(path)).id));
    expect(new Set(ids).size).to.equal(1);
    expect(ids[0]).to.match(/^[0-9a-f]{8}$/);
    expect(readdirSync(path)).to.deep.equal([MARK]);
  });

  it('keeps the name that an operator has written', async () => {
    writeFileSync(join(path, MARK), 'rack7\n');
    expect((await openShared(path)).id).to.equal('rack7');
    for (const text of ['', 'Two Words', 'x'.repeat(33)]) {
      writeFileSync(join(path, MARK), text);
      expect((await refusal(openShared(path))).message).to.match(/^shared: must hold at most 32 small letters and dig/);
    }
  });

  it('is refused in one sentence where it is not there, or is none; it is not made', async () => {
    const nowhere = join(path, 'nowhere');
    const { kind, message } = await refusal(openShared(nowhere));
    expect(kind).to.equal('state');
    expect(message).to.match(/^shared: must be a folder that is there, got ".*nowhere"\.$/);
    expect(existsSync(nowhere)).to.equal(false);
    writeFileSync(nowhere, '');
    for (const none of [nowhere, join(nowhere, 'below')])
      expect((await refusal(openShared(none))).message).to.match(/^shared: must be a folder/);
  });

  it('says in one sentence each what a system refuses', () => {
    const said = (code: string): string => sharedFault(Object.assign(new Error('no'), { code }), '/s').message;
    expect(said('EROFS')).to.equal('shared: must be a folder that can be written, got "/s".');
    expect(said('ENOSPC')).to.equal('shared: must have room for the table, got "/s".');
    expect(said('EACCES')).to.equal('shared: must be a folder that this user may read and write, got "/s".');
    expect(said('EFBIG')).to.match(/^shared: must have room for the table: a file of its size is not allowed, got/);
    expect(said('EISDIR')).to.equal('shared: must hold no folder called like a table, got "/s".');
    expect(said('EIO')).to.equal('shared: must work: no, got "/s".');
  });

  it('gives every table back as it was, and keeps nothing after the study', async () => {
    const anyTable = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      // About as long as whole parts.
      fc
        .record({ parts: fc.integer({ min: 1, max: 2 }), more: fc.integer({ min: -1, max: 1 }), value: fc.nat(255) })
        .map(({ parts, more, value }) => new Uint8Array(parts * CHUNK_BYTES + more).fill(value, 5)),
    );
    await fc.assert(
      fc.asyncProperty(anyTable, async (bytes) => {
        const study = await studyOf(bytes);
        await study.write(offerFor(bytes), bytes);
        expect(tables()).to.deep.equal([`lrnn-${STUDY}-${offerFor(bytes).table}.table`]);
        expect(Buffer.compare(await fetched(bytes), bytes)).to.equal(0);
        await study.close();
        expect(tables()).to.deep.equal([]);
      }),
      seeded(15),
    );
  });

  it('gives no other table where a file was damaged or cut', async () => {
    const table = fc.uint8Array({ minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(table, fc.nat(), fc.nat(255), async (bytes, at, change) => {
        const study = await studyOf(bytes);
        await study.write(offerFor(bytes), bytes);
        const file = join(path, tables()[0]);
        const whole = readFileSync(file);
        const damaged = Buffer.from(whole.subarray(0, change === 0 ? at % whole.length : whole.length));
        if (change > 0) damaged[at % damaged.length] ^= change;
        writeFileSync(file, damaged);
        const found = await fetched(bytes).catch((error: unknown) => error);
        if (found instanceof Uint8Array) expect(Buffer.compare(found, bytes)).to.equal(0);
        else expect(found).to.be.instanceOf(ToolkitError).with.property('kind', 'data');
        if (change === 0) expect(found).to.be.instanceOf(ToolkitError);
        await study.close();
      }),
      seeded(40),
    );
  });

  it('is waited for where it shows a table late, and not for ever', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const folder = await openShared(path);
    const fetching = { folder, study: STUDY, offer: offerFor(bytes), goOn };
    const late = fetchShared({ ...fetching, patienceMs: 60_000 });
    await (await studyOf(bytes)).write(offerFor(bytes), bytes);
    expect([...(await late)]).to.deep.equal([1, 2, 3]);
    const other = { ...fetching, offer: offerFor(Uint8Array.of(4)) };
    const { message } = await refusal(fetchShared({ ...other, patienceMs: 0 }));
    expect(message).to.match(/^shared: must hold the table of the study: is it the folder of that name everywhere\?/);
    const closed = (): never => {
      throw new ToolkitError('state', { where: 'worker', rule: 'is closed' });
    };
    for (const asked of [closed, async () => closed()])
      expect((await refusal(fetchShared({ ...other, goOn: asked }))).message).to.match(/is closed/);
  });

  it('keeps one table of a study: that of a killed session goes', async () => {
    const [before, now] = [Uint8Array.of(1), Uint8Array.of(2)];
    await (await studyOf(before)).write(offerFor(before), before);
    writeFileSync(join(path, `lrnn-${STUDY}-00000000.part`), 'half of it');
    await (await studyOf(now)).write(offerFor(now), now);
    expect(tables()).to.deep.equal([`lrnn-${STUDY}-${offerFor(now).table}.table`]);
  });

  it('is swept of what killed coordinators left, and of nothing else', async () => {
    const [old, young] = ['d', 'e'].map((digit) => `lrnn-${digit.repeat(32)}-${'0'.repeat(64)}.table`);
    const others = ['lrnn.table', 'notes.txt', MARK];
    const halves = [`lrnn-${'d'.repeat(32)}-00000000.part`, 'lrnn-00000000.part'];
    for (const name of [old, young, ...others, ...halves]) writeFileSync(join(path, name), 'x');
    const longAgo = Date.now() / 1000 - 3600;
    for (const name of [old, ...others, ...halves]) utimesSync(join(path, name), longAgo, longAgo);
    const bytes = Uint8Array.of(7);
    const study = await studyOf(bytes);
    await study.write(offerFor(bytes), bytes);
    await study.close();
    expect(readdirSync(path)).to.have.members([young, ...others]);
  });

  it('keeps a table young while its study goes on, and gets it again where it has gone', async () => {
    const bytes = Uint8Array.of(1, 2);
    const study = await studyOf(bytes);
    await study.write(offerFor(bytes), bytes);
    const file = join(path, tables()[0]);
    const longAgo = Date.now() / 1000 - 1700;
    utimesSync(file, longAgo, longAgo);
    study.beat();
    await eventually('it is young', () => statSync(file).mtimeMs > 1000 * longAgo + 1_000_000);
    expect([...(await fetched(bytes))]).to.deep.equal([1, 2]);
    rmSync(file);
    await eventually('it is there again', () => {
      study.beat();
      return existsSync(file);
    });
    const away = `${path}-away`;
    renameSync(path, away);
    await eventually('it is said that the folder is away', () => {
      study.beat();
      return notices.length > 0;
    });
    expect(notices[0]).to.match(/^shared: must be a folder that is there, got ".*"\. Trying again\.$/);
    mkdirSync(path);
    await eventually('it is there again', () => {
      study.beat();
      return existsSync(file);
    });
    rmSync(away, { recursive: true });
    await study.close();
    expect(tables()).to.deep.equal([]);
  });

  it('gets its table again where something else was put in its place, which is left as it was', async () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
    const mine = join(path, 'mine.txt');
    /** What somebody puts where the table was, whose bytes are given. */
    const puts: Readonly<Record<string, (file: string, table: Buffer) => void>> = {
      link: (file) => symlinkSync(mine, file),
      'link to nothing': (file) => symlinkSync(join(path, 'nothing'), file),
      'second name': (file) => linkSync(mine, file),
      'second name of a table': (file, table) => {
        writeFileSync(mine, table);
        linkSync(mine, file);
      },
      'as many bytes': (file, table) => writeFileSync(file, Buffer.alloc(table.length, 7)),
      'fewer bytes': (file, table) => writeFileSync(file, table.subarray(0, -1)),
      'no byte': (file) => writeFileSync(file, ''),
      pipe: (file) => void spawnSync('mkfifo', [file]),
    };
    for (const [what, put] of Object.entries(puts)) {
      const study = await studyOf(bytes);
      await study.write(offerFor(bytes), bytes);
      const file = join(path, tables()[0]);
      const table = readFileSync(file);
      writeFileSync(mine, Buffer.alloc(table.length, 'm'));
      rmSync(file);
      put(file, table);
      const before = readFileSync(mine);
      const youth = statSync(mine).mtimeMs;
      await eventually(`the table is there again: ${what}`, async () => {
        study.beat();
        return fetched(bytes).then(
          (found) => Buffer.compare(found, bytes) === 0 && lstatSync(file).nlink === 1,
          () => false,
        );
      });
      expect(readFileSync(mine).equals(before), what).to.equal(true);
      expect(statSync(mine).mtimeMs, what).to.equal(youth);
      expect(existsSync(join(path, 'nothing')), what).to.equal(false);
      await study.close();
      expect(tables(), what).to.deep.equal(['mine.txt']);
      rmSync(mine);
    }
    expect(notices).to.deep.equal([]);
  });

  it('says in one sentence that a folder stands where a table shall be, and leaves it there', async () => {
    const bytes = Uint8Array.of(1);
    const name = `lrnn-${STUDY}-${offerFor(bytes).table}.table`;
    mkdirSync(join(path, name));
    const study = await studyOf(bytes);
    const { message } = await refusal(study.write(offerFor(bytes), bytes));
    expect(message).to.match(/^shared: must hold no folder called like a table, got/);
    await study.close();
    expect(tables()).to.deep.equal([name]);
  });

  it('is refused of workers where its name or a table is a link or a pipe: nothing is read, and nobody waits', async () => {
    const bytes = Uint8Array.of(1);
    const elsewhere = join(path, 'elsewhere');
    const sentence = /^shared: must hold a file of this name, and no link, pipe, device or folder, got "lrnn-/;
    const puts = [
      (file: string) => symlinkSync(elsewhere, file),
      (file: string) => spawnSync('mkfifo', [file]).status !== 0 && mkdirSync(file),
    ];
    for (const put of puts) {
      writeFileSync(elsewhere, 'secret');
      rmSync(join(path, MARK), { force: true });
      put(join(path, MARK));
      expect((await refusal(openShared(path))).message).to.match(sentence);
      rmSync(join(path, MARK), { recursive: true });
      const study = await studyOf(bytes);
      await study.write(offerFor(bytes), bytes);
      const file = join(
        path,
        tables().find((name) => name.endsWith('.table'))!,
      );
      renameSync(file, elsewhere);
      put(file);
      expect((await refusal(fetched(bytes))).message).to.match(sentence);
      rmSync(file, { recursive: true });
    }
  });

  it('is swept of old links, and of nothing that they lead to', async () => {
    const kept = join(path, 'kept.txt');
    const link = join(path, `lrnn-${'d'.repeat(32)}-${'0'.repeat(64)}.table`);
    writeFileSync(kept, 'kept');
    symlinkSync(kept, link);
    const longAgo = Date.now() / 1000 - 3600;
    lutimesSync(link, longAgo, longAgo);
    const bytes = Uint8Array.of(7);
    const study = await studyOf(bytes);
    await study.write(offerFor(bytes), bytes);
    await study.close();
    expect(readFileSync(kept, 'utf8')).to.equal('kept');
    expect(tables()).to.deep.equal(['kept.txt']);
  });

  it('gives no name to a table that it had no room for', async function () {
    // Of 3 MB that no compression makes small, in one part; files may have 1 or 2 MB, by how a shell counts.
    const code = `
      const { randomBytes } = await import('node:crypto');
      const { openShared } = await import('${new URL('../../src/cluster/shared.ts', import.meta.url).href}');
      const { SharedStudy } = await import('${new URL('../../src/cluster/shared-study.ts', import.meta.url).href}');
      const { offerOf } = await import('${new URL('../../src/cluster/transfer.ts', import.meta.url).href}');
      const bytes = randomBytes(3_000_000);
      const setup = { folder: await openShared(process.env.FOLDER), study: '${STUDY}', again: () => bytes, notice() {} };
      await new SharedStudy(setup).write(offerOf('1.0.0-node20', bytes, true), bytes).catch((e) => console.log(e.message));`;
    if (process.platform === 'win32') this.skip();
    const command = 'ulimit -f 2000 && exec "$0" --import tsx --input-type=module -e "$CODE"';
    const env = { ...process.env, CODE: code, FOLDER: path };
    const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath], { env, encoding: 'utf8' });
    expect(stdout, stderr).to.match(/^shared: must have room for the table.*\.\n$/);
    expect(tables()).to.deep.equal([]);
  });

  it('writes one table after the other where it is offered again while it is written', async () => {
    const [large, small] = [3 * CHUNK_BYTES, 1000].map((length) => randomBytes(length));
    const study = await studyOf(small);
    await Promise.all([large, small].map((bytes) => study.write(offerFor(bytes), bytes)));
    expect(Buffer.compare(await fetched(small), small)).to.equal(0);
    expect(readdirSync(path).filter((name) => name !== MARK)).to.have.length(1);
    await study.close();
  });

  it('holds nothing of a study that ends while its table is written, whenever that is', async () => {
    const bytes = new Uint8Array(3 * CHUNK_BYTES);
    for (const ms of [0, 1, 3, 10, 20, 40, 80]) {
      const study = await studyOf(bytes);
      const writing = study.write(offerFor(bytes), bytes).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await study.close();
      const error = await writing;
      if (error !== undefined) expect(error).to.have.property('message', 'the study is over');
      expect(tables(), `after ${ms} ms`).to.deep.equal([]);
    }
  });
});
