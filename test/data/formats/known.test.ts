import { expect } from 'chai';

import { knownFormat } from '../../../src/data/formats/known.js';

const format = (head: string): string | undefined => knownFormat(Buffer.from(head, 'latin1'));

describe('knownFormat', () => {
  for (const [head, name] of [
    ['PK\x03\x04', 'zip'],
    ['\x1f\x8b\x08', 'gzip'],
    ['PAR1', 'Parquet'],
    ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'old Excel'],
    ['\xfd7zXZ\0', 'xz'],
    ['(\xb5/\xfd', 'zstd'],
    ['BZh91AY', 'bzip2'],
    ['7z\xbc\xaf\x27\x1c', '7z'],
    ['Rar!\x1a\x07', 'RAR'],
    ['ARROW1\0\0', 'Arrow'],
    ['FEA1', 'Feather'],
    ['SQLite format 3\0', 'SQLite'],
    ['\x80\x04\x95', 'pickle'],
    ['%PDF-1.7', 'PDF'],
    ['{\\rtf1', 'rich text'],
    [' \n[\n {"a": 1}]', 'JSON'],
    ['[[1, 2], [3, 4]]', 'JSON'],
    ['{"a": 1}\n{"a": 2}\n', 'JSON'],
    ['\xef\xbb\xbf{\n  "rows": []}', 'JSON'],
    ['<!DOCTYPE html>\n<html>', 'HTML'],
    ['<html><body>Sign in</body></html>', 'HTML'],
    ['<?xml version="1.0"?>', 'XML'],
    ['% comment\n@RELATION iris\n@attribute a numeric', 'ARFF'],
    ['version https://git-lfs.github.com/spec/v1\noid', 'Git LFS'],
    ['1 1:0.5 3:2\n0 2:1e-3\n', 'LibSVM'],
    ['-1 1:0.5\n', 'LibSVM'],
  ] as const) {
    it(`knows ${name} by ${JSON.stringify(head)}`, () => {
      expect(format(head)).to.include(name);
    });
  }

  it('takes no table for another format', () => {
    for (const head of [
      '',
      'a,b\n1,2',
      '[id],[name]\n1,2',
      '{a},b\n',
      '<50,>=50\n',
      '1 2 3\n',
      '1:2,3\n',
      '@user,n\n',
      '%,n\n',
    ]) {
      expect(format(head), head).to.equal(undefined);
    }
  });
});
