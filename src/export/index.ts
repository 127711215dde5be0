/** @file Door of export: a fitted study as one file. Runs anywhere; files are read and written through node.ts. */
export * from './bundle.js';
