/** @file Door of report: studies and models as figures and plain data for pages. */
export * from './pages/take-away/index.js';
export * from './pages/view-model.js';
export * from './plots/diagnostics.js';
export * from './plots/diagnostics-binary.js';
export * from './plots/index.js';
export * from './plots/svg.js';
export * from './words/families.js';
export * from './words/format.js';
export * from './words/links.js';
export * from './words/live.js';
export * from './words/machines.js';
export * from './words/search-look.js';
