/**
 * @file Plain rows from bytes into columns of numbers and kinds: decimals as units and places, texts by their numbers where a table knows
 * them. Other texts wait in a list. It stops at anything that is no plain row, and knows nothing of what to do then.
 */

import { isDecimal, isShortDecimal, places, units } from './decimals';
import { find } from './texts';

const BLANK: u32 = 0x20;
const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const TEXT_KIND: u8 = 32;
const WAITING_BYTES: usize = 16;
const COLUMN_BYTES: usize = 16;

const AT_END: i32 = 0;
const AT_BLANK: i32 = 1;
const AT_OTHER: i32 = 2;
const IS_FULL: i32 = 3;

let delimiter: u32 = 0;
let comment: u32 = 0;
let hasBackslash: bool = false;
let width: i32 = 0;

let numbers: usize = 0;
let numbersStride: usize = 0;
let kinds: usize = 0;
let kindsStride: usize = 0;
let tables: usize = 0;
let waiting: usize = 0;
let mostWaiting: i32 = 0;

let nextAt: usize = 0;
let stopped: i32 = 0;
let waitingTexts: i32 = 0;

/** Where the last scan stopped: a row begins there that was not read. */
export function place(): usize {
  return nextAt;
}

/** Why the last scan stopped: 0 at the end, 1 at a blank line, 2 at a row that is not plain, 3 since there was no more room. */
export function reason(): i32 {
  return stopped;
}

/** Texts that wait since the last scan began. */
export function waitingCount(): i32 {
  return waitingTexts;
}

/** @param comment_  256 for none */
export function setSigns(delimiter_: i32, comment_: i32, backslash: bool): void {
  delimiter = delimiter_;
  comment = comment_;
  hasBackslash = backslash;
}

/** Shapes  numbers: [width][rows] float64, kinds: [width][rows] bytes, by strides in bytes */
export function setCells(width_: i32, numbers_: usize, numbersStride_: usize, kinds_: usize, kindsStride_: usize): void {
  width = width_;
  numbers = numbers_;
  numbersStride = numbersStride_;
  kinds = kinds_;
  kindsStride = kindsStride_;
}

/**
 * Shapes  tables: [width] of table, mask, texts found, nothing, each uint32; a table of 0 means that nobody asks for the column;
 *         waiting: [most] of row, column, where the text begins and where it ends, each uint32
 */
export function setTexts(tables_: usize, waiting_: usize, most: i32): void {
  tables = tables_;
  waiting = waiting_;
  mostWaiting = most;
}

/**
 * Reads rows from `at` on, the first of them as row `row`, until row `rows`; gives how many there are then.
 *
 * `end` lies behind a line feed, and 32 bytes behind it may be read.
 */
export function scan(at: usize, end: usize, row: i32, rows: i32): i32 {
  waitingTexts = 0;
  stopped = AT_END;
  nextAt = at;
  while (nextAt < end) {
    if (breakAt(nextAt) != 0) {
      stopped = AT_BLANK;
      break;
    }
    if (row == rows || waitingTexts + width > mostWaiting) {
      stopped = IS_FULL;
      break;
    }
    const before = waitingTexts;
    const next = rowFrom(nextAt, row);
    if (next == 0) {
      waitingTexts = before;
      stopped = AT_OTHER;
      break;
    }
    nextAt = next;
    row++;
  }
  return row;
}

/** Where the row behind the one at `start` begins; 0 where that is not plain. */
function rowFrom(start: usize, row: i32): usize {
  if (<u32>load<u8>(start) == comment) return 0;
  let at = start;
  const last = width - 1;
  const own = delimiter;
  for (let j = 0; j <= last; j++) {
    const end = cellFrom(at, row, j);
    if (end == 0) return 0;
    const sign = <u32>load<u8>(end);
    if (sign == own) {
      if (j == last) return 0;
      at = end + 1;
    } else {
      const length = breakAt(end);
      return j == last && length != 0 ? end + length : 0;
    }
  }
  return 0;
}

/** Writes the cell at `at`; gives where it ends, or 0 where it is not plain. */
// @ts-ignore: decorator
@inline
function cellFrom(at: usize, row: i32, column: i32): usize {
  const bytes = v128.load(at);
  const stops = stopsIn(bytes);
  if (stops == 0) return longFrom(at, row, column);
  const length = ctz(stops);
  const end = at + length;
  if (<u32>load<u8>(end) == QUOTE) return length == 0 ? quotedFrom(at, row, column) : 0;
  if (isShortDecimal(bytes, length)) putDecimal(row, column);
  else putText(at, end, row, column);
  return end;
}

/** Delimiters, line breaks and quotes among 16 bytes, a bit for each. */
// @ts-ignore: decorator
@inline
function stopsIn(bytes: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(<i8>delimiter)), i8x16.eq(bytes, i8x16.splat(<i8>LINE_FEED))),
      v128.or(i8x16.eq(bytes, i8x16.splat(<i8>CARRIAGE_RETURN)), i8x16.eq(bytes, i8x16.splat(<i8>QUOTE))),
    ),
  );
}

/** A cell of 16 bytes and more. */
function longFrom(at: usize, row: i32, column: i32): usize {
  let end = at + 16;
  let stops = stopsIn(v128.load(end));
  while (stops == 0) {
    end += 16;
    stops = stopsIn(v128.load(end));
  }
  end += ctz(stops);
  if (<u32>load<u8>(end) == QUOTE) return 0;
  if (isDecimal(at, end)) putDecimal(row, column);
  else putText(at, end, row, column);
  return end;
}

/** A cell in quotes, with neither quotes nor line breaks in it, and nothing between the quotes and the delimiters. */
function quotedFrom(at: usize, row: i32, column: i32): usize {
  let close = at + 1;
  let sign = <u32>load<u8>(close);
  while (sign != QUOTE) {
    if (sign == LINE_FEED || sign == CARRIAGE_RETURN || (sign == BACKSLASH && hasBackslash)) return 0;
    sign = <u32>load<u8>(++close);
  }
  const after = <u32>load<u8>(close + 1);
  if (after != delimiter && after != LINE_FEED && after != CARRIAGE_RETURN) return 0;
  if (isDecimal(at + 1, close)) putDecimal(row, column);
  else putText(at + 1, close, row, column);
  return close + 1;
}

// @ts-ignore: decorator
@inline
function putDecimal(row: i32, column: i32): void {
  store<f64>(numbers + <usize>column * numbersStride + ((<usize>row) << 3), units);
  store<u8>(kinds + <usize>column * kindsStride + <usize>row, <u8>places);
}

/** Decimals between blanks are decimals. */
function putText(at: usize, end: usize, row: i32, column: i32): void {
  if (at < end && (<u32>load<u8>(at) == BLANK || <u32>load<u8>(end - 1) == BLANK)) {
    let from = at;
    let to = end;
    while (from < to && <u32>load<u8>(from) == BLANK) from++;
    while (to > from && <u32>load<u8>(to - 1) == BLANK) to--;
    if (isDecimal(from, to)) {
      putDecimal(row, column);
      return;
    }
  }
  const table = tables + <usize>column * COLUMN_BYTES;
  const slots = load<usize>(table);
  if (slots == 0) return;
  const code = find(slots, load<u32>(table, 4), at, <i32>(end - at));
  if (code < 0) {
    const entry = waiting + <usize>waitingTexts * WAITING_BYTES;
    store<i32>(entry, row);
    store<i32>(entry, column, 4);
    store<usize>(entry, at, 8);
    store<usize>(entry, end, 12);
    waitingTexts++;
    return;
  }
  store<u32>(table, load<u32>(table, 8) + 1, 8);
  store<f64>(numbers + <usize>column * numbersStride + ((<usize>row) << 3), <f64>code);
  store<u8>(kinds + <usize>column * kindsStride + <usize>row, TEXT_KIND);
}

/** Bytes of the line break at a place; 0 where there is none, or only a carriage return. */
// @ts-ignore: decorator
@inline
function breakAt(at: usize): usize {
  const sign = <u32>load<u8>(at);
  if (sign == LINE_FEED) return 1;
  return sign == CARRIAGE_RETURN && <u32>load<u8>(at + 1) == LINE_FEED ? 2 : 0;
}
