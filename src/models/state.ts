/** @file Reading a saved model back: the kind, the version and the tensors are checked before they are believed. */

import type { JsonObject, SavedState, TensorData } from '../core/index.js';
import { checkData } from '../core/index.js';
import type { FitReport } from './estimator.js';

/** Refuses a state of another kind or of a version this code does not know. */
export function requireState(state: SavedState, kind: string, version: number): void {
  checkData(state.kind === kind, 'restore', `the saved model must be a ${kind}`, state.kind);
  const hint = 'It was written by another version of lrnn-automl.';
  checkData(state.version === version, `${kind}.restore`, `version must be ${version}`, state.version, hint);
}

type TensorClass<T extends TensorData> = abstract new (...args: never[]) => T;

/** The named tensor, of the right element type and, where given, of the right size. */
export function stateTensor<T extends TensorData>(
  state: SavedState,
  name: string,
  type: TensorClass<T>,
  size?: number,
): T {
  const tensor = state.tensors[name];
  const where = `${state.kind}.restore`;
  if (!(tensor instanceof type)) {
    checkData(false, where, `tensor ${name} must be a ${type.name}`, tensor?.constructor.name);
    throw new Error('unreachable');
  }
  checkData(size === undefined || tensor.length === size, where, `${name} must have ${size} numbers`, tensor.length);
  return tensor;
}

export function reportToJson(report: FitReport): JsonObject {
  return report as unknown as JsonObject;
}

export function reportFromJson(state: SavedState): FitReport {
  return state.json.report as unknown as FitReport;
}

/** The report of a fit without steps. */
export function plainReport(parameters: number, notes: readonly string[] = []): FitReport {
  return { parameters, bestStep: 0, curve: [], notes };
}
