/** @file Everything that pages show, as plain data: views print it and compute nothing. */
export * from '../words/live.js';
export * from './compare/compare-page.js';
export type { ComparedStudy } from './compare/same.js';
export * from './data-page.js';
export * from './home-page.js';
export * from './model-page.js';
export * from './search-page.js';
export * from './starting-page.js';
export type { OfflineExact } from './static-page.js';
export { offlineStart, predictorLead } from './static-page.js';
export * from './study/board.js';
export type { Explained } from './study/insight.js';
export { explainedModels } from './study/insight.js';
export * from './study-page.js';
export { firstRow, firstRowValues } from './try/first-row.js';
export * from './try-page.js';
