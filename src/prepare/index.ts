/** @file Door of prepare: typed columns in, a matrix for a model out. */
export type { DatePart } from './date.js';
export { DATE_PARTS } from './date.js';
export type { NumbersFit } from './numbers.js';
export * from './recipe.js';
export type { TextTables } from './text/fit.js';
export { textTables } from './text/fit.js';
export * from './transformer.js';
