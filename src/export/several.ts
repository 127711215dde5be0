/** @file Models of several targets in one model file: what each file of one target says, side by side. */

import type { JsonObject, Tensor } from '../core/index.js';
import { checkData } from '../core/index.js';
import type { Bundle } from './bundle.js';
import { SEVERAL_TARGETS } from './bundle.js';

/** One file that holds all of them, in the order given. */
export function joinBundles(bundles: readonly Bundle[], writer: string): Bundle {
  const tensors: Record<string, Tensor> = {};
  bundles.forEach((bundle, t) => {
    for (const [name, tensor] of Object.entries(bundle.tensors)) tensors[`${t}/${name}`] = tensor;
  });
  return { formatVersion: SEVERAL_TARGETS, writer, json: { targets: bundles.map(({ json }) => json) }, tensors };
}

/**
 * The models of a file as files of one target each: a file of one target is the only one.
 *
 * Throws   data: a list of targets that holds none, or something else
 */
export function splitBundle(bundle: Bundle): Bundle[] {
  const { targets } = bundle.json;
  if (targets === undefined) return [bundle];
  const rule = 'must have a model of each of its targets';
  checkData(Array.isArray(targets) && targets.length > 0, 'model', rule, targets);
  return (targets as unknown[]).map((json, t) => {
    checkData(typeof json === 'object' && json !== null && !Array.isArray(json), 'model', rule, json);
    const start = `${t}/`;
    const own = Object.entries(bundle.tensors).filter(([name]) => name.startsWith(start));
    const tensors = Object.fromEntries(own.map(([name, tensor]) => [name.slice(start.length), tensor]));
    return { ...bundle, json: json as JsonObject, tensors };
  });
}
