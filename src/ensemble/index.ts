/** @file Door of ensemble: combining fitted models. */
export * from './blend.js';
