/** @file Text columns that go together: one set of documents for all, however many tables they come from. */

import { joinDocuments } from './documents.js';
import type { TextColumn } from './frame.js';

/** The same columns over the same documents; as they are where they have them already. */
export function withSameDocuments(columns: readonly TextColumn[]): TextColumn[] {
  const pools = [...new Set(columns.map(({ documents }) => documents))];
  if (pools.length === 1) return [...columns];
  const { documents, firsts } = joinDocuments(pools);
  return columns.map((column) => {
    const first = firsts[pools.indexOf(column.documents)];
    return { ...column, documents, codes: column.codes.map((code) => (code < 0 ? code : first + code)) };
  });
}
