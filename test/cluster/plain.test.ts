import { spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import { namesIn, openPlain, removePlain, settle, writeAll } from '../../src/cluster/plain.js';
import { ToolkitError } from '../../src/core/index.js';
import { seeded } from '../support/seed.js';

describe('a file in a folder where others may write', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-plain-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const at = (name: string): string => join(folder, name);

  /** What may stand in a file's place; a link's target is called `target`. */
  function putOthers(): string[] {
    writeFileSync(at('target'), 'kept');
    symlinkSync(at('target'), at('link'));
    symlinkSync(at('nowhere'), at('dangling'));
    symlinkSync(at('loop'), at('loop'));
    mkdirSync(at('folder'));
    symlinkSync(at('folder'), at('link-to-folder'));
    const hasPipe = spawnSync('mkfifo', [at('pipe')]).status === 0;
    return ['link', 'dangling', 'loop', 'folder', 'link-to-folder', ...(hasPipe ? ['pipe'] : [])];
  }

  it('is opened where it is one; what is not there is none', async () => {
    expect(await openPlain(at('none'))).to.equal(null);
    writeFileSync(at('file'), 'text');
    linkSync(at('file'), at('twice'));
    for (const name of ['file', 'twice']) {
      const handle = (await openPlain(at(name)))!;
      expect(await handle.readFile('utf8')).to.equal('text');
      await handle.close();
    }
  });

  it('is refused in one sentence where a link, a pipe or a folder stands in for it, and nobody waits', async () => {
    for (const name of putOthers()) {
      for (const access of ['read', 'update'] as const) {
        const error: unknown = await openPlain(at(name), access).catch((reason: unknown) => reason);
        expect(error, name).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
        expect((error as Error).message).to.equal(
          `shared: must hold a file of this name, and no link, pipe, device or folder, got "${name}".`,
        );
      }
    }
  });

  it('is taken away without what a link leads to; folders are left alone', async () => {
    const others = putOthers();
    await removePlain(at('none'));
    const names = await namesIn(folder);
    expect(names).to.have.members(['target', ...others.filter((name) => name !== 'folder')]);
    for (const name of names.filter((one) => one !== 'target')) await removePlain(at(name));
    expect(readdirSync(folder)).to.have.members(['target', 'folder']);
    expect(readFileSync(at('target'), 'utf8')).to.equal('kept');
  });

  it('is written whole by a system that takes a part at a time, and never taken for whole by one that takes no more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 9 }),
        async (bytes, most) => {
          const taken: number[] = [];
          /** Takes `room` bytes in all. */
          const handleOf = (room: number) =>
            ({
              write: async (from: Uint8Array, offset: number, length: number) => {
                const bytesWritten = Math.min(most, length, room - taken.length);
                taken.push(...from.subarray(offset, offset + bytesWritten));
                return { bytesWritten };
              },
            }) as unknown as FileHandle;
          await writeAll(handleOf(Infinity), bytes);
          expect(taken).to.deep.equal([...bytes]);
          taken.length = 0;
          const error: unknown = await writeAll(handleOf(bytes.length - 1), bytes).catch((reason: unknown) => reason);
          expect(error).to.have.property('code', 'ENOSPC');
        },
      ),
      seeded(50),
    );
  });

  it('counts as settled with as many bytes as were written, and no others', async () => {
    const handle = await open(at('file'), 'wx');
    await writeAll(handle, Buffer.from('12345'));
    await settle(handle, 5);
    const error: unknown = await settle(handle, 6).catch((reason: unknown) => reason);
    await handle.close();
    expect(error).to.have.property('code', 'ENOSPC');
  });
});
