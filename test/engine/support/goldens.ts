/** @file The golden networks of test/golden (PyTorch autograd, float64) in the engine's terms. */

import { readdirSync, readFileSync } from 'node:fs';

import type { LossSpec, NetworkSpec } from '../../../src/engine/index.js';
import { parameterLayout } from '../../../src/engine/index.js';

export interface Golden {
  readonly name: string;
  readonly spec: NetworkSpec;
  readonly loss: LossSpec;
  readonly n: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly parameters: Float64Array;
  readonly output: Float64Array;
  readonly lossValue: number;
  readonly gradient: Float64Array;
  readonly inputGradient: Float64Array;
}

const FOLDER = new URL('../../golden/', import.meta.url);

type Nested = number | readonly Nested[];
type Groups = Record<string, Record<string, Nested>>;
type File = Omit<Golden, 'x' | 'spec' | 'loss'> &
  Record<'x' | 'gradX', number[][]> & { spec: NetworkSpec; loss: LossSpec['kind']; params: Groups; grads: Groups };

/** All golden networks, in the order of their names. */
export function goldens(): Golden[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => read(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as File));
}

function read(file: File): Golden {
  const outputs = flatten(file.output as unknown as Nested).length / file.x.length;
  const spec: NetworkSpec = { ...file.spec, inputs: file.x[0].length, outputs, frontScale: false };
  const block = (groups: Groups): Float64Array => {
    const names = parameterLayout(spec).tensors.map((tensor) => tensor.name.split('.'));
    return flatten(names.map(([group, tensor]) => groups[group][tensor]));
  };
  return {
    name: file.name,
    spec,
    loss: { kind: file.loss, labelSmoothing: 0 },
    n: file.x.length,
    x: flatten(file.x),
    y: flatten(file.y as unknown as Nested),
    parameters: block(file.params),
    output: flatten(file.output as unknown as Nested),
    lossValue: file.lossValue,
    gradient: block(file.grads),
    inputGradient: flatten(file.gradX),
  };
}

function flatten(nested: Nested): Float64Array {
  const list = (item: Nested): number[] => (typeof item === 'number' ? [item] : item.flatMap(list));
  return Float64Array.from(list(nested));
}
