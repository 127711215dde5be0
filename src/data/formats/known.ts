/** @file Files that are no CSV, known by how they begin: a refusal names what they are. */

/** Formats by their first bytes, as Latin-1. */
const BY_BYTES: readonly (readonly [RegExp, string])[] = [
  [/^PK\x03\x04/, 'a zip archive or an Excel workbook'],
  [/^\x1f\x8b/, 'a gzip archive'],
  [/^PAR1/, 'a Parquet file'],
  [/^PARE/, 'an encrypted Parquet file'],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, 'an old Excel workbook (.xls), or one with a password'],
  [/^\xfd7zXZ\0/, 'an xz archive'],
  [/^[\x22-\x28]\xb5\x2f\xfd/, 'a zstd archive'],
  [/^\x04\x22\x4d\x18/, 'an lz4 archive'],
  [/^BZh[1-9]/, 'a bzip2 archive'],
  [/^7z\xbc\xaf\x27\x1c/, 'a 7z archive'],
  [/^Rar!\x1a\x07/, 'a RAR archive'],
  [/^.{257}ustar/s, 'a tar archive'],
  [/^(?:ARROW1|FEA1)/, 'a Feather or Arrow file'],
  [/^ORC[\x00-\x1f]/, 'an ORC file'],
  [/^Obj\x01/, 'an Avro file'],
  [/^SQLite format 3\0/, 'a SQLite database'],
  [/^\x89HDF\r\n/, 'an HDF5 file'],
  [/^\x93NUMPY/, 'a NumPy array'],
  [/^\x80[\x02-\x05][\x00-\x1f}\]c(K\x80-\xff]/, 'a Python pickle'],
  [/^RD[AX][23]\n/, 'an R data file'],
  [/^(?:\$FL[23]|<stata_dta>)/, 'a file of SPSS or Stata'],
  [/^%PDF-/, 'a PDF'],
  [/^\{\\rtf/, 'a rich text document'],
  [/^(?:\x89PNG|\xff\xd8\xff|GIF8)/, 'an image'],
];

/** Formats of text, by its first lines without the blanks before them. */
const BY_TEXT: readonly (readonly [RegExp, string])[] = [
  [/^version https:\/\/git-lfs\.github\.com\//, 'a Git LFS pointer: the file itself was not fetched (git lfs pull)'],
  [/^(?:<!doctype html|<html|<head|<body)\b/i, 'an HTML page, such as a login or an error page'],
  [/^<\?xml\b/i, 'XML'],
  [/^(?:%[^\n]*\n\s*)*@relation\b/i, 'an ARFF file'],
  [/^\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\}\s*$)/, 'JSON'],
  [/^\[\s*(?:[{[]|\]\s*$)/, 'JSON'],
  [/^(?:[-+]?[\d.]+(?:e[-+]?\d+)?(?:[ \t]+\d+:[-+\d.e]+)+[ \t]*\r?(?:\n|$)){1,3}/i, 'a LibSVM file'],
];

/** What a file is, where its first bytes show that it is no CSV. */
export function knownFormat(head: Buffer): string | undefined {
  const start = head.toString('latin1', 0, 2048);
  const byBytes = BY_BYTES.find(([pattern]) => pattern.test(start));
  if (byBytes !== undefined) return byBytes[1];
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  return BY_TEXT.find(([pattern]) => pattern.test(text))?.[1];
}
