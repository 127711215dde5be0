import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { KeptUpload } from '../../src/server/kept-uploads.js';
import { KeptUploads, MOST_KEPT } from '../../src/server/kept-uploads.js';
import { Temporaries } from '../../src/server/temporary.js';

describe('kept uploads', () => {
  let root = '';
  const temporaries = new Temporaries();
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lrnn-kept-'))));
  afterEach(async () => {
    await temporaries.removeAll();
    rmSync(root, { recursive: true, force: true });
  });

  async function kept(keeper: KeptUploads): Promise<KeptUpload> {
    const { folder, remove } = await temporaries.make(root, '.upload-');
    const file = join(folder, 'a.csv');
    writeFileSync(file, 'a,b');
    return keeper.keep({ file, fileName: 'a.csv', folder, remove });
  }

  it('make room by the oldest that nobody uses', async () => {
    const keeper = new KeptUploads(temporaries, root);
    const used = await kept(keeper);
    const idle = await kept(keeper);
    await keeper.release(idle.id);
    for (let i = 0; i < MOST_KEPT; i++) await keeper.release((await kept(keeper)).id);
    expect(existsSync(used.file), 'in use').to.equal(true);
    expect(keeper.get(idle.id)).to.equal(null);
    expect(existsSync(idle.folder)).to.equal(false);
    await keeper.drop(used.id);
    expect(existsSync(used.file), 'another request has sent a file instead').to.equal(true);
  });

  it('have one user at a time', async () => {
    const keeper = new KeptUploads(temporaries, root);
    const { id } = await kept(keeper);
    expect(() => keeper.use(id)).to.throw(ToolkitError, /must not be in use by another request/);
    await keeper.release(id);
    expect(keeper.use(id)?.id).to.equal(id);
    keeper.take(id);
    expect(keeper.use(id)).to.equal(null);
    await keeper.release(id);
    expect(keeper.get(id)).to.equal(null);
  });

  it('go some time after their last use', async () => {
    const keeper = new KeptUploads(temporaries, root, 20);
    const [used, idle] = [await kept(keeper), await kept(keeper)];
    await keeper.release(used.id);
    keeper.use(used.id);
    await keeper.release(idle.id);
    for (let i = 0; i < 400 && existsSync(idle.folder); i++) await wait(5);
    expect(existsSync(idle.folder)).to.equal(false);
    expect(keeper.get(idle.id)).to.equal(null);
    expect(existsSync(used.file)).to.equal(true);
  });
});
