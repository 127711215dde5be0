import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

const ROOT = resolve(import.meta.dirname, '..');
const ROOMS = ['', 'bench', 'deploy', 'docs', 'examples', 'lab', 'scripts', 'src', 'templates', 'test', 'views'];
const NOT_WRITTEN_BY_HAND = new Set(['golden', 'node_modules']);
const TEXT = /\.(?:css|ejs|html|js|json|md|mjs|sh|ts|ya?ml)$/;
/** The lines that a merge leaves around what it could not decide. */
const MARK = /^(?:<{7}|>{7}|\|{7})(?: |$)/m;

describe('texts of the project', () => {
  it('hold no marks of a merge', () => {
    expect(MARK.test(`a line\n${'<'.repeat(7)} HEAD\nanother`)).to.equal(true);
    const files = ROOMS.flatMap((room) => textsOf(join(ROOT, room), room !== ''));
    expect(files.length).to.be.greaterThan(500);
    expect(files.filter((file) => MARK.test(readFileSync(file, 'utf8')))).to.deep.equal([]);
  });
});

function textsOf(folder: string, isDeep: boolean): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return TEXT.test(entry.name) ? [path] : [];
    return isDeep && !NOT_WRITTEN_BY_HAND.has(entry.name) ? textsOf(path, true) : [];
  });
}
