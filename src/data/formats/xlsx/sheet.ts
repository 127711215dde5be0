/** @file The cells of one sheet, row by row, as the texts that a CSV of it would hold. */

import type { ByteSource } from '../../csv-source.js';
import type { NumberMeaning } from './serial.js';
import { serialText } from './serial.js';
import type { Workbook } from './workbook.js';
import { isTrue } from './workbook.js';
import { plainText, walkXml } from './xml.js';

/** A row that has a cell which is not empty. */
export interface SheetRow {
  /** From 1. */
  readonly number: number;
  /** By column, from 0, with nothing at the end; holes are empty cells. */
  readonly cells: readonly (string | undefined)[];
  /** Formulas that nobody has computed. */
  readonly uncomputed: number;
}

const MAX_ROWS = 1 << 20;
const MAX_COLUMNS = 1 << 14;

/** Throws   Error: a sheet that is damaged, rows that do not ascend, places that no sheet has */
export async function* rowsOf(part: ByteSource, workbook: Workbook): AsyncGenerator<SheetRow> {
  const reader = new SheetReader(workbook);
  yield* walkXml(part, reader, () => reader.rows.splice(0));
  if (!reader.hasData) throw new Error('the sheet has no place for rows');
}

class SheetReader {
  /** Whole rows that wait to be given away. */
  readonly rows: SheetRow[] = [];
  hasData = false;
  private row = 0;
  private column = -1;
  private cells: (string | undefined)[] = [];
  private uncomputed = 0;
  private type = 'n';
  private style = 0;
  private value = '';
  private hasFormula = false;
  /** Whether text belongs to the cell's value. */
  private isValue = false;
  private isPhonetic = false;

  constructor(private readonly workbook: Workbook) {}

  open(tag: string, attributes: Readonly<Record<string, string>>): void {
    switch (tag) {
      case 'sheetData':
        this.hasData = true;
        break;
      case 'row':
        this.openRow(attributes['r']);
        break;
      case 'c':
        this.openCell(attributes);
        break;
      case 'v':
        this.isValue = true;
        break;
      case 't':
        this.isValue = this.type === 'inlineStr' && !this.isPhonetic;
        break;
      case 'rPh':
        this.isPhonetic = true;
        break;
      case 'f':
        this.hasFormula = true;
        break;
    }
  }

  text(piece: string): void {
    if (this.isValue) this.value += piece;
  }

  close(tag: string): void {
    if (tag === 'v' || tag === 't') this.isValue = false;
    else if (tag === 'rPh') this.isPhonetic = false;
    else if (tag === 'c') this.closeCell();
    else if (tag === 'row' && (this.cells.length > 0 || this.uncomputed > 0)) {
      this.rows.push({ number: this.row, cells: this.cells, uncomputed: this.uncomputed });
    }
  }

  private openRow(number: string | undefined): void {
    const row = number === undefined ? this.row + 1 : Number(number);
    if (!(Number.isInteger(row) && row > this.row && row <= MAX_ROWS)) throw new Error(`row ${number} has no place`);
    this.row = row;
    this.column = -1;
    this.cells = [];
    this.uncomputed = 0;
  }

  private openCell({ r: place, t: type = 'n', s: style = '0' }: Readonly<Record<string, string>>): void {
    this.column = place === undefined ? this.column + 1 : columnOf(place);
    if (!(this.column < MAX_COLUMNS)) throw new Error(`cell ${place} has no place`);
    this.type = type;
    this.style = Number(style);
    this.value = '';
    this.hasFormula = false;
  }

  private closeCell(): void {
    if (this.value === '') {
      if (this.hasFormula && this.type !== 'str') this.uncomputed++;
      return;
    }
    const text = this.textOf(this.value);
    if (text.trim() !== '') this.cells[this.column] = text;
  }

  private textOf(value: string): string {
    const { texts, meanings, is1904 } = this.workbook;
    switch (this.type) {
      case 's': {
        const text = texts[Number(value)] as string | undefined;
        if (text === undefined) throw new Error(`there is no text ${value}`);
        return text;
      }
      case 'b':
        return String(isTrue(value.trim()));
      // What a formula failed at is no value.
      case 'e':
        return '';
      case 'n':
        return numberText(value.trim(), meanings[this.style] ?? 'number', is1904);
      default:
        return plainText(value);
    }
  }
}

/** `AB12` is column 27. */
function columnOf(place: string): number {
  let column = 0;
  for (let i = 0; i < place.length; i++) {
    const letter = place.charCodeAt(i) & ~0x20;
    if (letter < 0x41 || letter > 0x5a) break;
    column = 26 * column + letter - 0x40;
  }
  if (column === 0) throw new Error(`cell ${place} has no place`);
  return column - 1;
}

/** As JavaScript writes the number; one of many digits as it stands, for a double would lose some. */
function numberText(value: string, meaning: NumberMeaning, is1904: boolean): string {
  if (value === '') return '';
  if (meaning === 'number' && /^-?\d{16,}$/.test(value)) return value;
  const number = Number(value);
  if (Number.isNaN(number)) throw new Error(`${value} is no number`);
  return serialText(number, meaning, is1904);
}
