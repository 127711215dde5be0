/** @file What is taken away from pages and by the command line: tables, cards, programs. */
export * from '../../words/artefacts.js';
export * from './card.js';
export * from './links.js';
export * from './model-tables.js';
export * from './study-tables.js';
export * from './usage.js';
