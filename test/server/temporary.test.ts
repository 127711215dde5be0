import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { sweepTemporaries, Temporaries } from '../../src/server/temporary.js';

const PREFIX = '.upload-';
const SOURCE = resolve(import.meta.dirname, '../../src/server/temporary.ts');

describe('temporary folders', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lrnn-temporary-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('go with all that is in them, once or twice asked', async () => {
    const temporaries = new Temporaries();
    const { folder, remove } = await temporaries.make(root, PREFIX);
    writeFileSync(join(folder, 'a.csv'), 'a');
    await Promise.all([remove(), remove()]);
    expect(readdirSync(root)).to.deep.equal([]);
    await temporaries.make(root, PREFIX);
    await temporaries.make(root, PREFIX);
    await temporaries.removeAll();
    expect(readdirSync(root)).to.deep.equal([]);
  });

  it('are swept when their process was killed, and not while it lives', async () => {
    const code = `import { Temporaries } from ${JSON.stringify(SOURCE)};
      const { folder } = await new Temporaries().make(${JSON.stringify(root)}, ${JSON.stringify(PREFIX)});
      console.log(folder);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
    const [data] = (await once(child.stdout, 'data')) as [Buffer];
    const theirs = data.toString().trim();
    const { folder: ours, remove } = await new Temporaries().make(root, PREFIX);
    await sweepTemporaries(root, PREFIX);
    expect([existsSync(theirs), existsSync(ours)]).to.deep.equal([true, true]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await sweepTemporaries(root, PREFIX);
    expect([existsSync(theirs), existsSync(ours)]).to.deep.equal([false, true]);
    await remove();
  });

  it('of versions without a lock are swept after a day, and nothing else ever is', async () => {
    const names = [`${PREFIX}abc123`, `${PREFIX}new456`, `${PREFIX}too-long-for-one`, 'study', '.upload'];
    for (const name of names) mkdirSync(join(root, name));
    writeFileSync(join(root, `${PREFIX}afile1`), '');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    for (const name of readdirSync(root)) utimesSync(join(root, name), twoDaysAgo, twoDaysAgo);
    utimesSync(join(root, names[1]), Date.now() / 1000, Date.now() / 1000);
    await sweepTemporaries(root, PREFIX);
    expect(readdirSync(root).sort()).to.deep.equal([...names.slice(1), `${PREFIX}afile1`].sort());
    await sweepTemporaries(join(root, 'none'), PREFIX);
  });
});
