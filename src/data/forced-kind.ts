/** @file The kind that the user asked for, where the cells allow it. */

import { ToolkitError } from '../core/index.js';
import { chooseDateFormat, parseDate } from './dates.js';
import type { Evidence } from './evidence.js';
import { countedCells } from './evidence.js';
import type { KindContext, Verdict } from './kinds.js';
import {
  asBoolean,
  asDate,
  asLevels,
  asNumber,
  asText,
  fittingDates,
  verdict,
  withGaps,
  withoutTexts,
} from './kinds.js';
import { gapsAmong } from './missing.js';
import { chooseStyle } from './number-style.js';
import { parseNumber } from './numbers.js';
import { forceOrdinal } from './ordinals.js';
import type { ColumnKind } from './schema.js';
import { grouped } from './words.js';

/** The kind must fit this share of the cells. */
const FORCED_SHARE = 0.1;

/** What the user asked for. */
export interface AskedKind {
  readonly kind: ColumnKind;
  /** Levels from the lowest to the highest. */
  readonly order?: readonly string[];
}

/**
 * The kind that the user asked for, with the best reading of the cells that it allows.
 *
 * Throws   data: a kind that fits hardly any cell
 */
export function forceKind({ kind, order }: AskedKind, evidence: Evidence, context: KindContext): Verdict {
  if (kind === 'ordinal') return forceOrdinal(evidence, context, order);
  const gaps = gapsAmong(evidence.counts);
  const isQuantity = kind === 'numeric' || kind === 'date';
  if (!isQuantity || gaps.length === 0) return forced(kind, evidence, context);
  return withGaps(forced(kind, withoutTexts(evidence, gaps), context), evidence, gaps);
}

function forced(kind: ColumnKind, evidence: Evidence, context: KindContext): Verdict {
  const { counts } = evidence;
  const reason = `you said ${kind}`;
  switch (kind) {
    case 'numeric': {
      const fit = chooseStyle(counts, context);
      requireFit(evidence, context, kind, (text) => Number.isFinite(parseNumber(text, fit.style)));
      return asNumber(evidence, fit, reason);
    }
    case 'date': {
      const compact = { format: 'YYYYMMDD' as const, fitting: fittingDates(counts) };
      const found = chooseDateFormat(counts) ?? compact;
      const best = found.fitting >= compact.fitting ? found : compact;
      requireFit(evidence, context, kind, (text) => !Number.isNaN(parseDate(text, best.format)));
      return asDate(evidence, best, reason);
    }
    case 'boolean': {
      const found = asBoolean(counts, reason);
      const words = [...(found.fields.trueWords ?? []), ...(found.fields.falseWords ?? [])];
      requireFit(evidence, context, kind, (text) => words.includes(text.toLowerCase()));
      return found;
    }
    case 'categorical':
    case 'high-cardinality':
      return asLevels(kind, counts, reason);
    case 'text':
      return asText(counts, reason);
    default:
      return verdict(kind, reason);
  }
}

/** A kind that would void nearly every cell is a mistake, and no column to learn from. */
function requireFit(
  evidence: Evidence,
  { name }: KindContext,
  kind: ColumnKind,
  fits: (text: string) => boolean,
): void {
  const total = countedCells(evidence);
  let cells = evidence.isComplete ? 0 : (evidence.numbers?.cellCount ?? 0);
  let first: string | undefined;
  for (const [text, count] of evidence.counts) {
    if (!fits(text)) first ??= text;
    else if (evidence.numbers === undefined) cells += count;
  }
  if (first === undefined || cells >= FORCED_SHARE * total) return;
  const rule = `${JSON.stringify(name)} = ${kind} must fit the cells`;
  const hint = `${grouped(cells)} of ${grouped(total)} cells can be read as ${WORD_OF[kind] ?? kind}.`;
  throw new ToolkitError('data', { where: 'types', rule, got: first, hint });
}

const WORD_OF: Partial<Record<ColumnKind, string>> = { numeric: 'numbers', date: 'dates', boolean: 'one of two words' };
