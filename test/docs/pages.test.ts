import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect } from 'chai';

const ROOT = resolve(import.meta.dirname, '../..');

/** `file`: title, parted by dots in the middle. */
const NAMED = /`(test\/[\w/-]+\.test\.ts)`: (.+?)(?= · `| \|$)/gm;

describe('docs/pages.md', () => {
  const named = [...readFileSync(resolve(ROOT, 'docs/pages.md'), 'utf8').matchAll(NAMED)];

  it('names a test for each thing that pages show, and every test exists', () => {
    expect(named.length).to.be.above(40);
    const absent = named.filter(([, file, title]) => {
      const text = readFileSync(resolve(ROOT, file), 'utf8');
      return ![`it('${title}`, `it(\`${title}`, `it("${title}`].some((start) => text.includes(start));
    });
    expect(absent.map(([said]) => said)).to.deep.equal([]);
  });
});
