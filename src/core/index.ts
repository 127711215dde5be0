/** @file Door of core. */
export * from './base64.js';
export * from './csv-cells.js';
export * from './digits.js';
export * from './errors.js';
export * from './json.js';
export * from './kernel-plan.js';
export * from './matrix.js';
export * from './pause.js';
export * from './random.js';
export * from './safetensors.js';
export * from './shared-memory.js';
export * from './task.js';
