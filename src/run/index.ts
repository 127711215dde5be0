/** @file Door of run: a whole run, from a CSV to a study folder, and what is done with it. */
export * from './command-line.js';
export * from './contract.js';
export * from './doctor.js';
export * from './explanations.js';
export * from './export-model.js';
export * from './fit.js';
export * from './inspect.js';
export { studyNameFor } from './options.js';
export * from './package-info.js';
export * from './predict.js';
export * from './report.js';
export * from './served-model.js';
export * from './strict.js';
export * from './study-folder.js';
export * from './study-questions.js';
export * from './verify.js';
