/** @file The preparation of one recipe as nodes: numbers in float64 until they are prepared, categories by one table each. */

import { missingTexts } from '../missing-texts.js';
import type { Block, Plan, PlannedRecipe } from '../plan.js';
import type { Graph, Value } from './graph.js';
import type { OnnxInput } from './inputs.js';
import type { SourceMatrix } from './sources.js';
import { sideBySide } from './sources.js';

/** A value far beyond this is 3, or -3, after the smooth clip, to the last bit of a float32; its square would overflow. */
const FAR = 1e7;
const CLIP = 3;
/** Largest number that a tree is shown. */
const TREE_LIMIT = 1e37;

interface Context {
  readonly g: Graph;
  readonly plan: Plan;
  readonly inputs: readonly (OnnxInput | undefined)[];
  /** Any input: it tells the number of rows. */
  readonly rows: string;
  readonly matrix: SourceMatrix | null;
}

/** Columns that were made together, and where they belong in the prepared matrix. */
interface Piece {
  readonly value: Value;
  readonly columns: readonly number[];
}

type BlockOf<T extends Block['type']> = Extract<Block, { type: T }>;

/** The prepared matrix of a recipe, float [rows x width]. */
export function preparedMatrix(context: Context, recipe: PlannedRecipe): Value {
  const { g } = context;
  const offsets = new Map<Block, number>();
  let width = 0;
  for (const block of recipe.blocks) {
    offsets.set(block, width);
    width += block.type === 'levels' ? block.width : block.type === 'cycle' ? 2 : 1;
  }
  const of = <T extends Block['type']>(type: T) =>
    recipe.blocks.filter((block): block is BlockOf<T> => block.type === type);
  const at = (block: Block) => offsets.get(block)!;
  const pieces: Piece[] = [];
  const [values, gaps, cycles] = [of('value'), of('missing'), of('cycle')];
  if (values.length > 0) {
    const x = columnsOf(context, values);
    const value = recipe.kind === 'network' ? networkNumbers(g, x, values) : treeNumbers(g, x, values);
    pieces.push({ value, columns: values.map(at) });
  }
  if (gaps.length > 0) {
    const value = g.node('Cast', [g.node('IsNaN', [columnsOf(context, gaps)])], { to: 1 });
    pieces.push({ value, columns: gaps.map(at) });
  }
  if (cycles.length > 0) {
    const [sines, cosines] = circles(g, columnsOf(context, cycles), cycles);
    pieces.push({ value: sines, columns: cycles.map(at) }, { value: cosines, columns: cycles.map((b) => at(b) + 1) });
  }
  for (const block of of('levels')) {
    const columns = Array.from({ length: block.width }, (_, i) => at(block) + i);
    pieces.push({ value: tableRows(context, block), columns });
  }
  return pieces.length === 0 ? rowsOf(g, context.rows, 'float') : inOrder(g, pieces);
}

/** Zeros [rows x 1]: what is left when nothing varies, and what models that look at nothing start from. */
export function rowsOf(g: Graph, name: string, element: 'float' | 'double'): Value {
  const rows = g.node('Shape', [name], { start: 0, end: 1 });
  const shape = g.node('Concat', [rows, g.int64([1])], { axis: 0 });
  const zero = element === 'float' ? g.float([0]) : g.double([0]);
  return g.node('Expand', [zero, shape]);
}

/** The sources of some blocks, double [rows x blocks]. */
function columnsOf({ g, matrix }: Context, blocks: readonly { readonly source: number }[]): Value {
  const { values, columnOf } = matrix!;
  const columns = blocks.map(({ source }) => columnOf[source]);
  return isIdentity(columns, columnOf.length) ? values : g.node('Gather', [values, g.int64(columns)], { axis: 1 });
}

function isIdentity(columns: readonly number[], width: number): boolean {
  return columns.length === width && columns.every((column, i) => column === i);
}

/** Filled, shifted and scaled, then x / sqrt(1 + (x / 3)^2). */
function networkNumbers(g: Graph, x: Value, blocks: readonly BlockOf<'value'>[]): Value {
  const row = (of: (block: BlockOf<'value'>) => number) => g.double(blocks.map(of), [1, blocks.length]);
  const filled = g.node('Where', [g.node('IsNaN', [x]), row(({ fill }) => fill), x]);
  const shifted = g.node('Sub', [filled, row(({ centre }) => centre)]);
  const scaled = g.node('Mul', [shifted, row(({ scale }) => scale)]);
  const near = g.node('Clip', [scaled, g.double([-FAR], []), g.double([FAR], [])]);
  const third = g.node('Div', [near, g.double([CLIP])]);
  const root = g.node('Sqrt', [g.node('Add', [g.double([1]), g.node('Mul', [third, third])])]);
  return g.node('Cast', [g.node('Div', [near, root])], { to: 1 });
}

/** Shifted; NaN stays. */
function treeNumbers(g: Graph, x: Value, blocks: readonly BlockOf<'value'>[]): Value {
  const isShifted = blocks.some(({ centre }) => centre !== 0);
  const centres = g.double(
    blocks.map(({ centre }) => centre),
    [1, blocks.length],
  );
  const shifted = isShifted ? g.node('Sub', [x, centres]) : x;
  const [high, low] = [g.double([TREE_LIMIT]), g.double([-TREE_LIMIT])];
  const below = g.node('Where', [g.node('Greater', [shifted, high]), high, shifted]);
  const within = g.node('Where', [g.node('Less', [below, low]), low, below]);
  return g.node('Cast', [within], { to: 1 });
}

function circles(g: Graph, x: Value, blocks: readonly BlockOf<'cycle'>[]): [Value, Value] {
  const row = (of: (block: BlockOf<'cycle'>) => number) => g.double(blocks.map(of), [1, blocks.length]);
  const turned = g.node('Mul', [g.double([2 * Math.PI]), g.node('Sub', [x, row(({ start }) => start)])]);
  const angle = g.node('Div', [turned, row(({ length }) => length)]);
  const isGap = g.node('IsNaN', [x]);
  const wave = (op: string) =>
    g.node('Cast', [g.node('Where', [isGap, g.double([0]), g.node(op, [angle])])], { to: 1 });
  return [wave('Sin'), wave('Cos')];
}

/** One row of the table per cell: known levels, then missing, then anything else. */
function tableRows({ g, plan, inputs }: Context, { feature, width, table }: BlockOf<'levels'>): Value {
  const { levels = [], gaps = [] } = plan.features[feature].schema;
  const missing = [...new Set([...missingTexts(plan.schema.missingTokens), ...gaps])];
  const known = levels.filter((level) => !missing.includes(level));
  const codes = new Map(levels.map((level, code) => [level, code]));
  const code = g.mlNode('LabelEncoder', [inputs[feature]!.name], {
    keys_strings: [...known, ...missing],
    values_int64s: [...known.map((level) => codes.get(level)!), ...missing.map(() => levels.length)],
    default_int64: levels.length + 1,
  });
  const rows = g.node('Gather', [g.float(table, [levels.length + 2, width]), code], { axis: 0 });
  return g.node('Squeeze', [rows, g.int64([1])]);
}

/** All pieces side by side, their columns where the recipe has them. */
function inOrder(g: Graph, pieces: readonly Piece[]): Value {
  const joined = sideBySide(
    g,
    pieces.map(({ value }) => value),
  );
  const columns = pieces.flatMap((piece) => piece.columns);
  const from = new Array<number>(columns.length);
  columns.forEach((column, i) => (from[column] = i));
  return isIdentity(from, columns.length) ? joined : g.node('Gather', [joined, g.int64(from)], { axis: 1 });
}
