/** @file Everything that pages show, as plain data: views print it and compute nothing. */
export * from './board.js';
export * from './compare/compare-page.js';
export type { ComparedStudy } from './compare/same.js';
export * from './data-page.js';
export { firstRow, firstRowValues } from './first-row.js';
export * from './home-page.js';
export type { Explained } from './insight.js';
export { explainedModels } from './insight.js';
export * from './live.js';
export * from './model-page.js';
export * from './search-page.js';
export * from './starting-page.js';
export type { OfflineExact } from './static-page.js';
export { offlineStart, predictorLead } from './static-page.js';
export * from './study-page.js';
export * from './try-page.js';
