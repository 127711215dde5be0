/** @file Archives and workbooks of a test's own making, as small as they can be. */

import { crc32, deflateRawSync } from 'node:zlib';

export type Cell = string | number | boolean | Date | null;

export interface Entry {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** 8 deflate (default), 0 stored, or one that nobody knows. */
  readonly method?: number;
  /** 1 says encrypted. */
  readonly flags?: number;
}

/** A zip archive of these entries, in order. */
export function zipOf(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, content, method = 8, flags = 0 } of entries) {
    const bytes = Buffer.from(content as Uint8Array);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags | 0x800, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(title.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, title, packed]);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, place, title]));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** Number formats by the style of a cell: 1 is a date, 2 a time of day, 3 a duration, 4 a share. */
const STYLES = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm;@"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="165"/><xf numFmtId="10"/></cellXfs></styleSheet>`;
const DAY_MS = 86_400_000;

/** A workbook with these sheets: rows of cells, or the XML of `sheetData`. */
export function workbookOf(
  sheets: Readonly<Record<string, readonly (readonly Cell[])[] | string>>,
  { is1904 = false, hidden = [] as readonly string[], more = [] as readonly Entry[] } = {},
): Buffer {
  const names = Object.keys(sheets);
  const texts: string[] = [];
  const parts = names.map((name, i) => {
    const rows = sheets[name];
    const data = typeof rows === 'string' ? rows : rows.map((row, r) => rowXml(row, r + 1, texts)).join('');
    return {
      name: `xl/worksheets/sheet${i + 1}.xml`,
      content: `<worksheet><dimension ref="A1"/><sheetData>${data}</sheetData></worksheet>`,
    };
  });
  const listed = names.map((name, i) => {
    const state = hidden.includes(name) ? ' state="hidden"' : '';
    return `<sheet name="${escaped(name)}" sheetId="${i + 1}"${state} r:id="rId${i + 1}"/>`;
  });
  const relation = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`;
  const relations = [
    ...names.map((_, i) => relation(`rId${i + 1}`, 'worksheet', `worksheets/sheet${i + 1}.xml`)),
    relation('rIdS', 'styles', 'styles.xml'),
    relation('rIdT', 'sharedStrings', '/xl/sharedStrings.xml'),
  ];
  return zipOf([
    { name: '[Content_Types].xml', content: '<Types/>' },
    {
      name: '_rels/.rels',
      content: `<Relationships>${relation('a', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content: `<?xml version="1.0"?><workbook><workbookPr date1904="${is1904}"/><sheets>${listed.join('')}</sheets></workbook>`,
    },
    { name: 'xl/_rels/workbook.xml.rels', content: `<Relationships>${relations.join('')}</Relationships>` },
    { name: 'xl/styles.xml', content: STYLES },
    {
      name: 'xl/sharedStrings.xml',
      content: `<sst>${texts.map((text) => `<si><t>${escaped(text)}</t></si>`).join('')}</sst>`,
    },
    ...parts,
    ...more,
  ]);
}

function rowXml(row: readonly Cell[], number: number, texts: string[]): string {
  const cells = row.map((cell, j) => {
    const place = `r="${String.fromCharCode(65 + j)}${number}"`;
    if (cell === null) return '';
    if (typeof cell === 'number') return `<c ${place}><v>${cell}</v></c>`;
    if (typeof cell === 'boolean') return `<c ${place} t="b"><v>${Number(cell)}</v></c>`;
    if (cell instanceof Date) return `<c ${place} s="1"><v>${cell.getTime() / DAY_MS + 25_569}</v></c>`;
    texts.push(cell);
    return `<c ${place} t="s"><v>${texts.length - 1}</v></c>`;
  });
  return `<row r="${number}">${cells.join('')}</row>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
