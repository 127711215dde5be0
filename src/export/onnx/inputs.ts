/** @file What an ONNX model wants to be fed: one input per column that some model looks at, as text or as numbers. */

import type { ColumnSchema } from '../../data/index.js';
import type { Plan } from '../plan.js';
import type { GraphPort } from './graph.js';

/** How the cells of a column are sent. Texts are trimmed; a column that is not there is sent as missing cells. */
export type OnnxInputKind =
  /** The cell as it is written, '' for missing. */
  | 'text'
  /** A number, NaN for missing: columns whose numbers are written with a decimal comma, thousands, units, or as times (then in seconds). */
  | 'number'
  /** Milliseconds since 1970 UTC, NaN for missing. */
  | 'date'
  /** What a count is predicted for, a number above 0: predictions of other rows are NaN. */
  | 'exposure'
  /** What `columns` says about the text, NaN everywhere for missing. */
  | 'statistics'
  /** [rows, any number, 2]: terms of the text as whole numbers from 0, and how often each is there; 0 and 0 to fill up, -1 first for missing. */
  | 'terms';

export interface OnnxInput {
  /** Of the input; that of the column, but where another port has it. */
  readonly name: string;
  readonly column: string;
  readonly kind: OnnxInputKind;
  readonly element: 'string' | 'double';
  /** Numbers per row; 0: a row of pairs, as long as the longest text needs. */
  readonly width: number;
  /** For statistics: what each number is. */
  readonly columns?: readonly string[];
}

export const OUTPUT_NAMES = ['label', 'probabilities', 'value', 'quantiles'] as const;

/** Inputs by feature, undefined where no model looks at it: cells, or numbers that say what is in them; and terms of texts. */
export interface OnnxInputs {
  readonly cells: readonly (OnnxInput | undefined)[];
  readonly terms: readonly (OnnxInput | undefined)[];
  /** What counts are predicted for. */
  readonly exposure: OnnxInput | undefined;
}

/** In the order of the schema. */
export function onnxInputs({ features, exposure: counted, sources, texts, recipes }: Plan): OnnxInputs {
  const used = new Set<number>(sources.flatMap(({ feature, text }) => (text === undefined ? [feature] : [])));
  for (const { blocks } of recipes) for (const block of blocks) if (block.type === 'levels') used.add(block.feature);
  const read = new Set(texts.map(({ feature }) => feature));
  // A model that looks at nothing must still be told the number of rows.
  if (used.size + read.size === 0) used.add(0);
  const taken = new Set<string>(OUTPUT_NAMES);
  const free = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return name;
  };
  const cells = features.map(({ schema, columns }, f): OnnxInput | undefined => {
    if (!used.has(f)) return undefined;
    const kind = kindOf(schema);
    const [name, column] = [free(schema.name), schema.name];
    const element = kind === 'text' ? 'string' : 'double';
    if (kind !== 'statistics') return { name, column, kind, element, width: 1 };
    const numbers = columns.flatMap((part) => (part.kind === 'numeric' ? [part.name] : []));
    return { name, column, kind, element, width: numbers.length, columns: numbers };
  });
  const terms = features.map(({ schema: { name: column } }, f): OnnxInput | undefined =>
    read.has(f) ? { name: free(`${column}: text`), column, kind: 'terms', element: 'double', width: 0 } : undefined,
  );
  const exposure = counted
    ? {
        name: free(counted.name),
        column: counted.name,
        kind: 'exposure' as const,
        element: 'double' as const,
        width: 1,
      }
    : undefined;
  return { cells, terms, exposure };
}

/** All that are used. */
export function usedInputs({ cells, terms, exposure }: OnnxInputs): OnnxInput[] {
  return [...cells, ...terms, exposure].filter((input) => input !== undefined);
}

/** As the graph declares it. */
export function inputPort({ name, kind, element, width }: OnnxInput): GraphPort {
  return { name, element, shape: kind === 'terms' ? ['rows', `terms of ${name}`, 2] : ['rows', width] };
}

function kindOf({ kind, decimal = '.', thousands, units, signs, clock }: ColumnSchema): OnnxInputKind {
  if (kind === 'date') return 'date';
  if (kind === 'text') return 'statistics';
  if (kind !== 'numeric') return 'text';
  return decimal === '.' && [thousands, units, signs, clock].every((part) => part === undefined) ? 'text' : 'number';
}
