/** @file Door of report where Node is needed: pages as HTML. */
export * from './pages/render.js';
export type { StaticParts, StaticPredictor } from './pages/static-page.js';
export { styleSheet } from './pages/style.js';
