/** @file The terms that a fold's training rows have, how much each of them says, and texts as numbers by them: TF-IDF. */

import type { Documents } from '../../data/index.js';

/** Terms in order of their rows, most first; equal ones by their number. */
export interface Vocabulary {
  readonly terms: Int32Array;
  /** Inverse document frequency: 1 + ln((1 + rows) / (1 + rows that have the term)). */
  readonly idf: Float32Array;
}

/** What only one row has says nothing of others. */
const FEWEST_ROWS = 2;
/** Counts by the last bits of a term: terms that are rare there need no place of their own. */
const SIEVE = 2 ** 22;
/** Terms that are counted one by one, in units of those that are wanted. */
const CANDIDATES = 8;
/** Rows of a place that are told from more. */
const MOST_ROWS_TOLD = 2 ** 18;
/** Terms that are counted one by one at most: in 32 MB. */
const MOST_COUNTED = 2 ** 21;

/**
 * The terms of the given rows, by their documents; the `most` frequent ones. Looks at no target. Where different terms are many millions, the
 * rarest are left out: fewer than `most` may be known.
 */
export function fitVocabulary(
  documents: Documents,
  codes: Int32Array,
  most: number,
  mostCounted = MOST_COUNTED,
): Vocabulary {
  const rowsOf = new Int32Array(documents.starts.length - 1);
  let rowCount = 0;
  for (const code of codes) {
    if (code < 0) continue;
    rowsOf[code]++;
    rowCount++;
  }
  const kept = frequentTerms(documents, rowsOf, most, mostCounted);
  return {
    terms: Int32Array.from(kept, ([term]) => term),
    idf: Float32Array.from(kept, ([, rows]) => 1 + Math.log((1 + rowCount) / (1 + rows))),
  };
}

/** The terms of most rows, with their rows. */
function frequentTerms(
  { starts, terms }: Documents,
  rowsOf: Int32Array,
  most: number,
  mostCounted: number,
): [number, number][] {
  const sieve = new Int32Array(SIEVE);
  rowsOf.forEach((rows, d) => {
    if (rows > 0) for (let at = starts[d]; at < starts[d + 1]; at++) sieve[terms[at] & (SIEVE - 1)] += rows;
  });
  let least = leastAmong(sieve, CANDIDATES * most);
  let kept = countedFrom(least);
  while (!kept) kept = countedFrom((least *= 2));
  // Rarer ones too, where there is room, for as long as all that may be meant can be counted.
  while (kept.length < most && least > FEWEST_ROWS) {
    const more = countedFrom((least = Math.max(FEWEST_ROWS, Math.floor(least / 2))));
    if (!more) break;
    kept = more;
  }
  return kept.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most);

  /** The terms of so many rows, among those in places of as many; none where that are more terms than may be counted. */
  function countedFrom(least: number): [number, number][] | undefined {
    const counts = new TermCounts(mostCounted);
    for (let d = 0; d < rowsOf.length; d++) {
      if (rowsOf[d] === 0) continue;
      for (let at = starts[d]; at < starts[d + 1]; at++) {
        const term = terms[at];
        if (sieve[term & (SIEVE - 1)] >= least && !counts.add(term, rowsOf[d])) return undefined;
      }
    }
    return counts.from(least);
  }
}

/** Rows of so many terms at most, at places by their bits mixed anew. */
class TermCounts {
  private readonly terms: Int32Array;
  /** 0 where no term is. */
  private readonly rows: Int32Array;
  private size = 0;

  constructor(private readonly most: number) {
    const places = 2 ** Math.ceil(Math.log2(2 * most + 2));
    this.terms = new Int32Array(places);
    this.rows = new Int32Array(places);
  }

  /** False, and nothing is counted, where it would be one term too many. */
  add(term: number, rows: number): boolean {
    const mask = this.rows.length - 1;
    let place = Math.imul(term, 0x9e3779b1) & mask;
    while (this.rows[place] !== 0 && this.terms[place] !== term) place = (place + 1) & mask;
    if (this.rows[place] === 0 && this.size++ >= this.most) return false;
    this.terms[place] = term;
    this.rows[place] += rows;
    return true;
  }

  /** Terms of so many rows or more. */
  from(least: number): [number, number][] {
    const out: [number, number][] = [];
    this.rows.forEach((rows, place) => {
      if (rows >= least) out.push([this.terms[place], rows]);
    });
    return out;
  }
}

/** The least number of rows, two or more, that no more than so many places of the sieve have. */
function leastAmong(sieve: Int32Array, most: number): number {
  const counts = new Int32Array(MOST_ROWS_TOLD);
  for (let place = 0; place < sieve.length; place++) counts[Math.min(sieve[place], counts.length - 1)]++;
  let places = 0;
  for (let least = counts.length - 1; least > FEWEST_ROWS; least--) {
    places += counts[least];
    if (places > most) return least + 1;
  }
  return FEWEST_ROWS;
}

/** Sparse rows: row i has values [starts[i], starts[i + 1]), at `slots` of the vocabulary. */
export interface SparseRows {
  readonly starts: Int32Array;
  readonly slots: Int32Array;
  readonly values: Float64Array;
}

/** Reads documents by a vocabulary: (1 + ln count) x idf, all divided by their length, so that a text of known terms has length 1. */
export class TermReader {
  /** The last document that was read: the first `count` of both. */
  count = 0;
  slots = new Int32Array(256);
  values = new Float64Array(256);
  private readonly places: Int32Array;

  constructor(
    private readonly documents: Documents,
    private readonly vocabulary: Vocabulary,
  ) {
    this.places = placesOf(vocabulary);
  }

  read(document: number): void {
    const { starts, terms, counts } = this.documents;
    this.makeRoom(starts[document + 1] - starts[document]);
    const { slots, values, vocabulary } = this;
    let count = 0;
    let squares = 0;
    for (let at = starts[document]; at < starts[document + 1]; at++) {
      const slot = this.slotOf(terms[at]);
      if (slot < 0) continue;
      const value = (1 + LOGS[counts[at]]) * vocabulary.idf[slot];
      slots[count] = slot;
      values[count++] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    for (let i = 0; i < count; i++) values[i] /= length;
    this.count = count;
  }

  /** -1 for unknown terms. */
  private slotOf(term: number): number {
    const { places } = this;
    const { terms } = this.vocabulary;
    const mask = places.length - 1;
    for (let place = term & mask; ; place = (place + 1) & mask) {
      const slot = places[place] - 1;
      if (slot < 0 || terms[slot] === term) return slot;
    }
  }

  private makeRoom(length: number): void {
    if (length <= this.slots.length) return;
    this.slots = new Int32Array(2 * length);
    this.values = new Float64Array(2 * length);
  }
}

/** Made once for each vocabulary: a server reads one row at a time. */
const PLACES = new WeakMap<Vocabulary, Int32Array>();

/** Places by the last bits of a term, half of them empty: the slot and 1, or 0. */
function placesOf(vocabulary: Vocabulary): Int32Array {
  const known = PLACES.get(vocabulary);
  if (known) return known;
  const { terms } = vocabulary;
  const places = new Int32Array(2 ** Math.ceil(Math.log2(2 * terms.length + 2)));
  const mask = places.length - 1;
  terms.forEach((term, slot) => {
    let place = term & mask;
    while (places[place] !== 0) place = (place + 1) & mask;
    places[place] = slot + 1;
  });
  PLACES.set(vocabulary, places);
  return places;
}

const LOGS = Float64Array.from({ length: 256 }, (_, count) => Math.log(Math.max(1, count)));

/** Documents as sparse rows, one for each code; none for a missing one. */
export function sparseRows(documents: Documents, vocabulary: Vocabulary, codes: Int32Array): SparseRows {
  const reader = new TermReader(documents, vocabulary);
  const starts = new Int32Array(codes.length + 1);
  codes.forEach((code, i) => {
    if (code >= 0) reader.read(code);
    starts[i + 1] = starts[i] + (code >= 0 ? reader.count : 0);
  });
  const slots = new Int32Array(starts[codes.length]);
  const values = new Float64Array(slots.length);
  codes.forEach((code, i) => {
    if (code < 0) return;
    reader.read(code);
    slots.set(reader.slots.subarray(0, reader.count), starts[i]);
    values.set(reader.values.subarray(0, reader.count), starts[i]);
  });
  return { starts, slots, values };
}

/** [documents x outputs] of those that some code names: each document times the weights [terms x outputs]. */
export function scoreDocuments(
  documents: Documents,
  vocabulary: Vocabulary,
  weights: ArrayLike<number>,
  codes: Int32Array,
): { outputs: number; scores: Float64Array } {
  const outputs = vocabulary.terms.length === 0 ? 0 : weights.length / vocabulary.terms.length;
  const reader = new TermReader(documents, vocabulary);
  const count = documents.starts.length - 1;
  const isRead = new Uint8Array(count);
  const scores = new Float64Array(count * outputs);
  for (const code of codes) {
    if (code < 0 || isRead[code] === 1) continue;
    isRead[code] = 1;
    reader.read(code);
    const { slots, values } = reader;
    for (let i = 0; i < reader.count; i++) {
      const [from, value] = [slots[i] * outputs, values[i]];
      for (let j = 0; j < outputs; j++) scores[code * outputs + j] += value * weights[from + j];
    }
  }
  return { outputs, scores };
}
