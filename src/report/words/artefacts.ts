/** @file A model as files of different kinds. */

/** Formats that a page hands out; `types` are the declarations of the JavaScript module. */
export type ArtefactFormat = 'safetensors' | 'onnx' | 'js' | 'types';

export const ARTEFACT_EXTENSIONS: Readonly<Record<ArtefactFormat, string>> = {
  safetensors: '.safetensors',
  onnx: '.onnx',
  js: '.mjs',
  types: '.d.mts',
};
