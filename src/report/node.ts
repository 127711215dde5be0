/** @file Door of report where Node is needed: pages as HTML. */
export * from './render.js';
export type { StaticParts, StaticPredictor } from './static-page.js';
