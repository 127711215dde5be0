/** @file Door of report: studies and models as figures and plain data for pages. */
export * from './diagnostics.js';
export * from './diagnostics-binary.js';
export * from './families.js';
export * from './format.js';
export * from './links.js';
export * from './live.js';
export * from './machines.js';
export * from './plots.js';
export * from './search-look.js';
export * from './svg.js';
export * from './take-away/index.js';
export * from './view-model.js';
