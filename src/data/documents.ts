/** @file Many texts as terms and how often each stands in them: equal texts once, on shared memory, without a word of them. */

import { termsOf } from './terms.js';

/** Document d has the terms [starts[d], starts[d + 1]): ascending, each once, with its count. */
export interface Documents {
  /** [documents + 1] */
  readonly starts: Int32Array;
  readonly terms: Int32Array;
  readonly counts: Uint8Array;
}

/** A count above says no more than this. */
const MOST_COUNTED = 255;
/** Words of a column that are kept, whatever its cells hold; and of one cell, at least and at most. */
const WORDS_IN_ALL = 2 ** 25;
const FEWEST_WORDS = 16;
const MOST_WORDS = 4096;

/** Words of a cell that count in a table of so many rows: 4,096 up to 8,192 rows, 335 of 100,000. */
export function mostWordsFor(rows: number): number {
  return Math.min(MOST_WORDS, Math.max(FEWEST_WORDS, Math.floor(WORDS_IN_ALL / Math.max(1, rows))));
}

/** Collects texts. */
export class DocumentsBuilder {
  private readonly codes = new Map<string, number>();
  private readonly starts: number[] = [0];
  private readonly terms = new Growing(Int32Array);
  private readonly counts = new Growing(Uint8Array);

  constructor(private readonly mostWords: number) {}

  /** The document of a text. */
  codeOf(text: string): number {
    const known = this.codes.get(text);
    if (known !== undefined) return known;
    const code = this.starts.length - 1;
    this.codes.set(text, code);
    const terms = termsOf(text, this.mostWords).sort();
    for (let from = 0, to = 0; from < terms.length; from = to) {
      while (to < terms.length && terms[to] === terms[from]) to++;
      this.terms.push(terms[from]);
      this.counts.push(Math.min(MOST_COUNTED, to - from));
    }
    this.starts.push(this.terms.length);
    return code;
  }

  finish(): Documents {
    const starts = sharedInts(this.starts.length);
    starts.set(this.starts);
    const { terms, counts } = this;
    const shared = sharedDocuments(starts, terms.length);
    shared.terms.set(terms.values());
    shared.counts.set(counts.values());
    return shared;
  }
}

/** The given documents in the given order, each once for every time that it is given. */
export function takeDocuments({ starts, terms, counts }: Documents, codes: ArrayLike<number>): Documents {
  const own = sharedInts(codes.length + 1);
  for (let i = 0; i < codes.length; i++) own[i + 1] = own[i] + starts[codes[i] + 1] - starts[codes[i]];
  const taken = sharedDocuments(own, own[codes.length]);
  for (let i = 0; i < codes.length; i++) {
    taken.terms.set(terms.subarray(starts[codes[i]], starts[codes[i] + 1]), own[i]);
    taken.counts.set(counts.subarray(starts[codes[i]], starts[codes[i] + 1]), own[i]);
  }
  return taken;
}

/** Documents one after the other: those of each part begin where those before it end. */
export function joinDocuments(parts: readonly Documents[]): { documents: Documents; firsts: number[] } {
  const firsts: number[] = [];
  let [count, length] = [0, 0];
  for (const { starts, terms } of parts) {
    firsts.push(count);
    count += starts.length - 1;
    length += terms.length;
  }
  const documents = sharedDocuments(sharedInts(count + 1), length);
  let at = 0;
  parts.forEach(({ starts, terms, counts }, part) => {
    for (let d = 1; d < starts.length; d++) documents.starts[firsts[part] + d] = at + starts[d];
    documents.terms.set(terms, at);
    documents.counts.set(counts, at);
    at += terms.length;
  });
  return { documents, firsts };
}

function sharedDocuments(starts: Int32Array, length: number): Documents {
  return { starts, terms: sharedInts(length), counts: new Uint8Array(new SharedArrayBuffer(length)) };
}

function sharedInts(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}

/** A typed array that doubles when it is full. */
class Growing<T extends Int32Array | Uint8Array> {
  length = 0;
  private array: T;

  constructor(private readonly kind: new (length: number) => T) {
    this.array = new kind(1024);
  }

  push(value: number): void {
    if (this.length === this.array.length) {
      const larger = new this.kind(2 * this.length);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.length++] = value;
  }

  values(): T {
    return this.array.subarray(0, this.length) as T;
  }
}
