/** @file Door of data: text in, typed columns out. Reading CSV needs Node and is behind the door `node.js`. */
export * from './csv-table.js';
export type { DateFormat } from './dates.js';
export { parseDate } from './dates.js';
export * from './describe.js';
export * from './encode.js';
export * from './frame.js';
export type { Inference, InferOptions } from './infer.js';
export { inferringSchema, inferSchema } from './infer.js';
export * from './keys.js';
export { suspectLeaks } from './leaks.js';
export { DEFAULT_MISSING_TOKENS } from './missing.js';
export { nearestName } from './nearest.js';
export type { NumberStyle } from './numbers.js';
export { parseNumber } from './numbers.js';
export * from './profile.js';
export * from './ranges.js';
export * from './schema.js';
export { wordsOf } from './words.js';
