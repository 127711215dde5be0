/** @file Parquet as a table: every row group is decoded column by column, and its rows are written as lines of a CSV. */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import type { AsyncBuffer, ColumnChunk, ColumnData, Compressors, FileMetaData, RowGroup } from 'hyparquet';

import { ToolkitError } from '../../core/index.js';
import type { ByteSource } from '../csv-source.js';
import type { ParquetColumn } from './parquet-columns.js';
import { columnsOf, TEXT_PARSERS } from './parquet-columns.js';
import type { RandomBytes } from './random-bytes.js';
import { asDamage, checkGrowth, refuseFile } from './refuse.js';
import { csvOfLines } from './rows.js';

/** Runs of one value pack to nothing in Parquet: sorted columns of real tables grow far more than in a zip. */
const MOST_GROWTH = 2000;
/** Cells of a row group are in memory at once, as numbers and texts. */
const MAX_GROUP_CELLS = 1 << 27;
const RULE = 'a Parquet file must be whole';

/**
 * The rows of a Parquet file as CSV. Dates and instants are ISO 8601, decimals keep all digits, missing values are empty.
 *
 * Throws   data: a file that is damaged or cut short, columns that hold lists, structures or bytes; limit: row groups that fill a memory
 */
export async function parquetTable(bytes: RandomBytes, name: string): Promise<ByteSource> {
  const hint = `${name} is damaged or cut short.`;
  const library = await loadLibrary();
  const { columns, metadata } = await asDamage(RULE, hint, async () => {
    const metadata = await library.parquetMetadataAsync(asyncBuffer(bytes), { geoparquet: false });
    return { metadata, columns: columnsOf(metadata, name) };
  });
  checkGroups(metadata, columns.length, bytes.size, name);
  return csvOfLines(async function* () {
    yield columns.map((column) => column.name);
    for (const group of metadata.row_groups) {
      const texts = await asDamage(RULE, hint, () => groupOf(bytes, { metadata, columns, library }, group));
      for (let row = 0; row < Number(group.num_rows); row++) yield texts.map((cells) => cells[row]);
    }
  });
}

/** Row counts are only claimed: what they would take is weighed before anything is decoded. */
function checkGroups({ row_groups: groups }: FileMetaData, columns: number, bytes: number, name: string): void {
  let cells = 0;
  for (const { num_rows: rows } of groups) {
    if (!(rows >= 0n)) refuseFile(RULE, `${name} is damaged or cut short.`);
    cells += Number(rows) * columns;
    if (Number(rows) * columns <= MAX_GROUP_CELLS) continue;
    const rule = `a row group must have at most ${MAX_GROUP_CELLS} cells`;
    const hint = 'Write the file with smaller row groups.';
    throw new ToolkitError('limit', { where: name, rule, got: Number(rows) * columns, hint });
  }
  checkGrowth(name, bytes, 2 * cells, MOST_GROWTH);
}

/** The texts of one row group, by column. One column is decoded at a time, from bytes that were read before. */
async function groupOf(bytes: RandomBytes, { metadata, columns, library }: OpenedParquet, group: RowGroup) {
  if (group.columns.length !== columns.length) throw new Error('a row group has not all columns');
  const texts: string[][] = [];
  for (const [j, column] of columns.entries()) {
    const chunk = group.columns[j];
    const own = { ...metadata, schema: schemaOf(metadata, column), row_groups: [{ ...group, columns: [chunk] }] };
    const file = await chunkOf(bytes, chunk);
    checkPages(file, chunk, Number(group.num_rows), library);
    texts.push(await cellsOf(file, own, column, library));
  }
  return texts;
}

function schemaOf({ schema: [root] }: FileMetaData, { element }: ParquetColumn): FileMetaData['schema'] {
  return [{ ...root, num_children: 1 }, element];
}

/** The bytes of a column chunk, in their place of the file. */
async function chunkOf(bytes: RandomBytes, { meta_data: meta }: ColumnChunk): Promise<LoadedChunk> {
  const start = Number(meta?.dictionary_page_offset || meta?.data_page_offset);
  const end = start + Number(meta?.total_compressed_size);
  if (!(start >= 0 && end >= start && end <= bytes.size)) throw new Error('a column lies outside the file');
  const read = await bytes.read(start, end);
  const content = new Uint8Array(read).buffer;
  const slice = (from: number, to = end): ArrayBuffer => {
    if (from < start || to > end) throw new Error('a page lies outside its column');
    return content.slice(from - start, to - start);
  };
  return { byteLength: bytes.size, slice, content };
}

interface LoadedChunk extends AsyncBuffer {
  readonly content: ArrayBuffer;
}

/** A page claims how many values it has: more than the rows is refused before memory is taken for them. */
function checkPages(
  { content }: LoadedChunk,
  { meta_data: meta }: ColumnChunk,
  rows: number,
  { parquetHeader }: Library,
): void {
  const reader = { view: new DataView(content), offset: 0 };
  if (meta!.path_in_schema.length !== 1) throw new Error('a column has parts');
  let values = 0;
  while (values < rows && reader.offset < content.byteLength - 1) {
    const header = parquetHeader(reader);
    const { dictionary_page_header: dictionary } = header;
    values += (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0;
    const isTooMuch = (dictionary?.num_values ?? 0) > 8 * header.uncompressed_page_size;
    if (!(header.compressed_page_size >= 0) || isTooMuch) throw new Error('a page is larger than it can be');
    reader.offset += header.compressed_page_size;
  }
  if (values !== rows) throw new Error('a column has not as many cells as rows');
}

async function cellsOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { textOf }: ParquetColumn,
  { parquetRead, compressors }: Library,
): Promise<string[]> {
  const pieces: ColumnData[] = [];
  const how = { compressors, parsers: TEXT_PARSERS, geoparquet: false, utf8: false };
  await parquetRead({ file, metadata, ...how, onChunk: (piece) => pieces.push(piece) });
  const texts = new Array<string>(Number(metadata.row_groups[0].num_rows));
  let filled = 0;
  for (const { columnData, rowStart } of pieces) {
    for (let i = 0; i < columnData.length && rowStart + i < texts.length; i++) {
      const value: unknown = columnData[i];
      texts[rowStart + i] = value === null || value === undefined ? '' : textOf(value);
      filled++;
    }
  }
  if (filled !== texts.length) throw new Error('a column has not as many cells as rows');
  return texts;
}

/** What reads Parquet; loaded with the first such file, for most tables are none. */
async function loadLibrary() {
  const [{ parquetMetadataAsync, parquetRead }, { parquetHeader }, packing] = await Promise.all([
    import('hyparquet'),
    import('hyparquet/src/column.js'),
    import('hyparquet-compressors'),
  ]);
  return { parquetMetadataAsync, parquetRead, parquetHeader, compressors: boundedCompressors(packing) };
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;

interface OpenedParquet {
  readonly metadata: FileMetaData;
  readonly columns: readonly ParquetColumn[];
  readonly library: Library;
}

/** A page says how large it will be: what it claims without reason is refused before memory is taken for it. */
function boundedCompressors({
  compressors,
  decompressZstd,
}: {
  readonly compressors: Compressors;
  readonly decompressZstd: (input: Uint8Array, output: Uint8Array) => Uint8Array;
}): Compressors {
  const unpackers: Compressors = {
    ...compressors,
    GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
    BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
    // Into a place of this size, whatever the frame says of its own.
    ZSTD: (input, size) => decompressZstd(input, new Uint8Array(size)),
  };
  const bounded: Compressors = {};
  for (const [codec, unpack] of Object.entries(unpackers)) {
    bounded[codec as keyof Compressors] = (input, size) => {
      checkGrowth('a page of the file', input.length, size, MOST_GROWTH);
      return size === 0 ? new Uint8Array() : unpack(input, size);
    };
  }
  return bounded;
}

function asyncBuffer(source: RandomBytes): AsyncBuffer {
  const { size } = source;
  const slice = async (from: number, to = size): Promise<ArrayBuffer> => {
    if (!(from >= 0 && to >= from)) throw new Error('a place outside the file');
    const bytes = await source.read(from, to);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };
  return { byteLength: size, slice };
}
