/**
 * @file Plain rows as `csv-plain.ts` reads them, by a kernel: the same cells in a fraction of the time. Rows are gathered here, some
 * hundreds at a time, and handed to the columns as whole arrays.
 */

import { KernelTexts } from './csv-kernel-texts.js';
import type { PlainReader, PlainShape, RowGate } from './csv-plain.js';
import type { PlainPlace } from './csv-records.js';
import type { TextColumnBuilder } from './text-column.js';
import { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

const LINE_FEED = 0x0a;
/** Stands for a sign that no byte is. */
const NO_SIGN = 256;
/** Bytes that are scanned at a time; a row that is longer is for the reader of records. */
const MOST_BYTES = 1 << 19;
/** What kernels may read behind the bytes. */
const BEHIND = 64;
/** Cells that are gathered at a time: they stay in the processor's caches. */
const MOST_CELLS = 1 << 16;
const MOST_ROWS = 1 << 11;
const FEWEST_ROWS = 16;
/** What is between two columns besides their rows, so that the cells of a row do not share one place in the caches. */
const APART = 72;

/** Why the kernel stopped. */
const AT_BLANK = 1;
const AT_OTHER = 2;
const IS_FULL = 3;

export class PlainKernel implements PlainReader {
  private readonly kernels: Kernels;
  private readonly memory: Buffer;
  private readonly input: number;
  private readonly mostRows: number;
  private readonly texts: KernelTexts;
  /** Cells that are gathered, by the places of their columns. */
  private readonly numbers: Float64Array[];
  private readonly kinds: Uint8Array[];
  private rows = 0;

  constructor({ delimiter, comment, width, backslash }: PlainShape) {
    const plan = new Plan();
    this.input = plan.room(MOST_BYTES + BEHIND);
    this.mostRows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, 2 ** Math.floor(Math.log2(MOST_CELLS / width))));
    const kindsStride = this.mostRows + APART;
    const numbersStride = 8 * kindsStride;
    const [numbers, kinds] = [plan.room(width * numbersStride), plan.room(width * kindsStride)];
    const texts = KernelTexts.plan(plan, width);
    const { kernels, buffer } = plan.build();
    kernels.setSigns(delimiter.charCodeAt(0), comment?.charCodeAt(0) ?? NO_SIGN, backslash);
    kernels.setCells(width, numbers, numbersStride, kinds, kindsStride);
    this.kernels = kernels;
    this.memory = Buffer.from(buffer);
    this.texts = new KernelTexts(texts, kernels, this.memory);
    const { mostRows } = this;
    this.numbers = Array.from(
      { length: width },
      (_, j) => new Float64Array(buffer, numbers + j * numbersStride, mostRows),
    );
    this.kinds = Array.from({ length: width }, (_, j) => new Uint8Array(buffer, kinds + j * kindsStride, mostRows));
  }

  read(
    bytes: Buffer,
    place: PlainPlace,
    kept: readonly number[],
    columns: readonly TextColumnBuilder[],
    gate: RowGate,
  ): void {
    this.texts.belongTo(kept, columns);
    const limit = bytes.lastIndexOf(LINE_FEED) + 1;
    while (place.at < limit) {
      const most = place.at + MOST_BYTES;
      const end = most >= limit ? limit : bytes.lastIndexOf(LINE_FEED, most - 1) + 1;
      if (end <= place.at) break;
      const isWhole = this.readPiece(bytes.subarray(place.at, end), place, gate, () => this.hand(kept, columns));
      if (!isWhole) break;
    }
    this.hand(kept, columns);
  }

  /** Reads the rows of a piece; false where it stopped at one. */
  private readPiece(piece: Buffer, place: PlainPlace, gate: RowGate, hand: () => void): boolean {
    const { kernels, memory, input, mostRows, texts } = this;
    memory.set(piece, input);
    const end = input + piece.length;
    const start = place.at - input;
    let at = input;
    while (at < end) {
      const before = this.rows;
      this.rows = kernels.scan(at, end, before, Math.min(mostRows, before + gate.room()));
      at = kernels.place();
      place.at = start + at;
      if (this.rows > before) gate.begin(place.line, this.rows - before);
      place.line += this.rows - before;
      texts.take(kernels.waitingCount(), this.numbers, this.kinds);
      const reason = kernels.reason();
      if (reason === AT_OTHER || (reason === IS_FULL && gate.room() === 0)) return false;
      if (reason === AT_BLANK) {
        at += memory[at] === LINE_FEED ? 1 : 2;
        place.at = start + at;
        place.line++;
      } else if (at < end && this.rows === mostRows) hand();
    }
    return true;
  }

  /** Gives the columns the rows that are gathered. */
  private hand(kept: readonly number[], columns: readonly TextColumnBuilder[]): void {
    const { rows, numbers, kinds, texts } = this;
    if (rows === 0) return;
    for (let i = 0; i < kept.length; i++) {
      const j = kept[i];
      columns[i].addMany(numbers[j], kinds[j], rows, texts.takeFound(j));
    }
    this.rows = 0;
  }
}
