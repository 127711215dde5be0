/** @file What a workbook says of its sheets: their names, where each lies, how its numbers and texts are to be taken. */

import { ToolkitError } from '../../../core/index.js';
import { nearestName } from '../../nearest.js';
import { refuseFile } from '../refuse.js';
import type { Archive } from '../zip.js';
import type { NumberMeaning } from './serial.js';
import { builtInMeaning, meaningOf } from './serial.js';
import { plainText, readXml } from './xml.js';

export interface SheetEntry {
  readonly name: string;
  readonly isHidden: boolean;
  /** Where it lies in the archive; charts have no cells and no place here. */
  readonly part: string;
}

export interface Workbook {
  readonly sheets: readonly SheetEntry[];
  /** Days count from 1904, as on old Macs. */
  readonly is1904: boolean;
  /** By the number that a cell's style has. */
  readonly meanings: readonly NumberMeaning[];
  readonly texts: readonly string[];
}

/** All texts of a workbook are in memory while its cells are read. */
const MAX_TEXT_SIGNS = 1 << 28;

/** Where the workbook lies in an archive that is one; undefined for any other archive. */
export async function workbookIn(archive: Archive): Promise<string | undefined> {
  const found = await relationsOf(archive, '');
  const part = [...found.values()].find(({ type }) => type === 'officeDocument')?.part;
  return part?.startsWith('xl/') || part === 'workbook.xml' ? part : undefined;
}

/** Throws   data: a workbook without sheets of cells; limit: texts that fill a memory */
export async function readWorkbook(archive: Archive, part: string, name: string): Promise<Workbook> {
  const relations = await relationsOf(archive, part);
  const sheets: SheetEntry[] = [];
  let is1904 = false;
  await readXml(partOf(archive, part), {
    open(tag, attributes) {
      if (tag === 'workbookPr') is1904 = isTrue(attributes['date1904']);
      if (tag !== 'sheet') return;
      const id = Object.entries(attributes).find(([key]) => /(?:^|:)id$/.test(key))?.[1] ?? '';
      const relation = relations.get(id);
      if (relation?.type !== 'worksheet') return;
      const isHidden = (attributes['state'] ?? 'visible') !== 'visible';
      sheets.push({ name: attributes['name'] ?? '', isHidden, part: relation.part });
    },
  });
  if (sheets.length === 0) refuseFile('a workbook must have a sheet of cells', `${name} has none.`);
  const byType = (type: string): string | undefined => [...relations.values()].find((one) => one.type === type)?.part;
  const [styles, strings] = [byType('styles'), byType('sharedStrings')];
  return {
    sheets,
    is1904,
    meanings: styles !== undefined && archive.entry(styles) ? await meaningsIn(archive, styles) : [],
    texts: strings !== undefined && archive.entry(strings) ? await textsIn(archive, strings, name) : [],
  };
}

/**
 * The sheet of this name, whatever its case; without a name the first one that is not hidden.
 *
 * Throws   data: no such sheet, with the names that there are
 */
export function sheetOf({ sheets }: Workbook, wanted: string | undefined): SheetEntry {
  if (wanted === undefined) return sheets.find(({ isHidden }) => !isHidden) ?? sheets[0];
  const lower = wanted.trim().toLowerCase();
  const found =
    sheets.find(({ name }) => name === wanted) ?? sheets.find(({ name }) => name.trim().toLowerCase() === lower);
  if (found !== undefined) return found;
  const names = sheets.map(({ name }) => name);
  const nearest = nearestName(wanted, names);
  const listed = names
    .slice(0, 10)
    .map((name) => `"${name}"`)
    .join(', ');
  const hint =
    nearest === undefined
      ? `The sheets are ${listed}${names.length > 10 ? ' and more' : ''}.`
      : `Did you mean "${nearest}"?`;
  throw new ToolkitError('data', { where: 'sheet', rule: 'must be a sheet of the workbook', got: wanted, hint });
}

interface Relation {
  /** The last word of the type's address. */
  readonly type: string;
  readonly part: string;
}

/** What a part of the archive refers to, by the names that it uses itself. */
async function relationsOf(archive: Archive, part: string): Promise<ReadonlyMap<string, Relation>> {
  const folder = part.slice(0, part.lastIndexOf('/') + 1);
  const found = new Map<string, Relation>();
  const source = archive.entry(`${folder}_rels/${part.slice(folder.length)}.rels`);
  if (source === undefined) return found;
  await readXml(source, {
    open(tag, { Id = '', Type = '', Target = '' }) {
      if (tag === 'Relationship')
        found.set(Id, { type: Type.slice(Type.lastIndexOf('/') + 1), part: placeOf(folder, Target) });
    },
  });
  return found;
}

/** Where a target lies that is named from a folder, or from the root. */
function placeOf(folder: string, target: string): string {
  const parts: string[] = [];
  for (const word of (target.startsWith('/') ? target : folder + target).split('/')) {
    if (word === '..') parts.pop();
    else if (word !== '' && word !== '.') parts.push(word);
  }
  return parts.join('/');
}

export function partOf(archive: Archive, part: string) {
  const source = archive.entry(part);
  if (source === undefined) throw new Error(`${part} is missing`);
  return source;
}

async function meaningsIn(archive: Archive, part: string): Promise<NumberMeaning[]> {
  const own = new Map<number, NumberMeaning>();
  const meanings: NumberMeaning[] = [];
  let isCell = false;
  await readXml(partOf(archive, part), {
    open(tag, { numFmtId = '0', formatCode = '' }) {
      if (tag === 'cellXfs') isCell = true;
      else if (tag === 'numFmt') own.set(Number(numFmtId), meaningOf(formatCode));
      else if (tag === 'xf' && isCell) meanings.push(own.get(Number(numFmtId)) ?? builtInMeaning(Number(numFmtId)));
    },
    close(tag) {
      if (tag === 'cellXfs') isCell = false;
    },
  });
  return meanings;
}

/** The texts that cells point to. Pieces of other looks are one text; how it is pronounced is none of it. */
async function textsIn(archive: Archive, part: string, name: string): Promise<string[]> {
  const texts: string[] = [];
  let text = '';
  let [isText, isPhonetic, signs] = [false, false, 0];
  await readXml(partOf(archive, part), {
    open(tag) {
      if (tag === 'si') text = '';
      else if (tag === 'rPh') isPhonetic = true;
      else if (tag === 't') isText = !isPhonetic;
    },
    text(piece) {
      if (isText) text += piece;
    },
    close(tag) {
      if (tag === 't') isText = false;
      else if (tag === 'rPh') isPhonetic = false;
      else if (tag === 'si') {
        signs += text.length + 8;
        if (signs > MAX_TEXT_SIGNS)
          throw new ToolkitError('limit', { where: name, rule: 'must have at most 256 MiB of texts' });
        texts.push(plainText(text));
      }
    },
  });
  return texts;
}

export function isTrue(text: string | undefined): boolean {
  return text === '1' || text === 'true' || text === 'on';
}
