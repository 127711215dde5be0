/** @file Everything the views need, as plain data. */
export * from './home-page.js';
export * from './live.js';
export * from './model-page.js';
export * from './starting-page.js';
export * from './study-page.js';
