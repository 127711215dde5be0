/** @file Door of prepare: typed columns in, a matrix for a model out. */
export * from './recipe.js';
export * from './transformer.js';
