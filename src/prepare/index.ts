/** @file Door of prepare: typed columns in, a matrix for a model out. */
export type { DatePart } from './date.js';
export { DATE_PARTS } from './date.js';
export type { NumbersFit } from './numbers.js';
export * from './recipe.js';
export * from './transformer.js';
