import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { serve } from '../../src/server/index.js';

describe('serve of a folder that is not there', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lrnn-new-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const noticesOf = async (reportsFolder: string): Promise<string[]> => {
    const notices: string[] = [];
    const server = await serve({ reportsFolder, port: 0, onNotice: (sentence) => notices.push(sentence) });
    await server.close();
    return notices;
  };

  it('says that it is made, and what is nearly called so', async () => {
    const folder = join(root, 'reprots');
    const said = `There was no folder ${folder}: it is made, and holds no studies yet.`;
    expect(await noticesOf(folder)).to.deep.equal([said]);
    expect(existsSync(folder)).to.equal(true);
    rmSync(folder, { recursive: true });
    mkdirSync(join(root, 'reports'));
    expect(await noticesOf(folder)).to.deep.equal([`${said} Did you mean ${join(root, 'reports')}?`]);
  });

  it('says nothing where it is there', async () => {
    expect(await noticesOf(root)).to.deep.equal([]);
  });
});
