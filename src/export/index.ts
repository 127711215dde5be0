/** @file Door of export: a fitted study as one file. Runs anywhere; files are read and written through node.ts. */
export * from './artefact.js';
export * from './bundle.js';
export * from './onnx/artefact.js';
export * from './onnx/feed.js';
export type { OnnxInput, OnnxInputKind } from './onnx/inputs.js';
export * from './plan.js';
export * from './self-test.js';
export * from './several.js';
export * from './standalone.js';
