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
  /** What `columns` says about the text, NaN everywhere for missing. */
  | 'statistics';

export interface OnnxInput {
  /** Of the input; that of the column, but where another port has it. */
  readonly name: string;
  readonly column: string;
  readonly kind: OnnxInputKind;
  readonly element: 'string' | 'double';
  /** Numbers per row. */
  readonly width: number;
  /** For statistics: what each number is. */
  readonly columns?: readonly string[];
}

export const OUTPUT_NAMES = ['label', 'probabilities', 'value'] as const;

/** The inputs by feature (undefined: no model looks at it), in the order of the schema. */
export function onnxInputs({ features, sources, recipes }: Plan): (OnnxInput | undefined)[] {
  const used = new Set<number>(sources.map(({ feature }) => feature));
  for (const { blocks } of recipes) for (const block of blocks) if (block.type === 'levels') used.add(block.feature);
  // A model that looks at nothing must still be told the number of rows.
  if (used.size === 0) used.add(0);
  const taken = new Set<string>(OUTPUT_NAMES);
  return features.map(({ schema, columns }, f) => {
    if (!used.has(f)) return undefined;
    const kind = kindOf(schema);
    let name = schema.name;
    while (taken.has(name)) name += '_';
    taken.add(name);
    const element = kind === 'text' ? 'string' : 'double';
    const width = kind === 'statistics' ? columns.length : 1;
    return { name, column: schema.name, kind, element, width, ...(kind === 'statistics' && { columns }) };
  });
}

/** As the graph declares it. */
export function inputPort({ name, element, width }: OnnxInput): GraphPort {
  return { name, element, shape: ['rows', width] };
}

function kindOf({ kind, decimal = '.', thousands, units, signs, clock }: ColumnSchema): OnnxInputKind {
  if (kind === 'date') return 'date';
  if (kind === 'text') return 'statistics';
  if (kind !== 'numeric') return 'text';
  return decimal === '.' && [thousands, units, signs, clock].every((part) => part === undefined) ? 'text' : 'number';
}
