/**
 * @file Search spaces: nested JSON in which some places are hpjs distributions. A label is the path of such a place; going
 * into option i of a choice adds `:i`, so that conditional parameters have labels of their own (`layer:1.width`).
 */

import type { JsonObject, JsonValue, Rng } from '../core/index.js';
import { check } from '../core/index.js';
import { checkDistribution, type Distribution, isDistributionName, isInside, onGrid, scaleOf } from './distribution.js';
import { drawExpression } from './hpjs.js';

/** Any part of a space: a constant, a distribution made by `hp`, or an array or object of these. */
export type Expression = JsonValue;
/** An object (or an `hp.choice` of objects) whose draws are parameters. */
export type Space = JsonObject;
/** Value, or index of the chosen option, of every ACTIVE label: those inside options not taken are absent. */
export type Assignment = Readonly<Record<string, number>>;

export interface Draw {
  readonly params: JsonObject;
  readonly assignment: Assignment;
}

/** A space taken apart once: what samplers walk over. */
export type SpaceNode =
  | { readonly type: 'constant'; readonly value: null | boolean | number | string }
  | { readonly type: 'number'; readonly label: string; readonly distribution: Distribution }
  | { readonly type: 'choice'; readonly label: string; readonly options: readonly SpaceNode[] }
  | { readonly type: 'object'; readonly keys: readonly string[]; readonly items: readonly SpaceNode[] }
  | { readonly type: 'array'; readonly items: readonly SpaceNode[] };

const compiled = new WeakMap<object, SpaceNode>();
/** Label of a choice that is the whole space. */
const ROOT = '*';

/**
 * The space as a tree of nodes, checked.
 *
 * Throws   usage: a bad distribution, a choice without options, a value that is not JSON, a key with `.` or `:` in it
 */
export function compileSpace(space: Space): SpaceNode {
  let node = compiled.get(space);
  if (node === undefined) {
    node = compile(space, '');
    const roots = node.type === 'choice' ? node.options : [node];
    const objects = roots.every((root) => root.type === 'object');
    check(objects, 'space', 'must be an object or a choice of objects', space);
    compiled.set(space, node);
  }
  return node;
}

function compile(expression: unknown, label: string): SpaceNode {
  if (Array.isArray(expression)) {
    return { type: 'array', items: expression.map((item, i) => compile(item, join(label, String(i)))) };
  }
  if (typeof expression !== 'object' || expression === null) return constant(expression, label);
  const object = expression as { readonly [key: string]: unknown; readonly name: string };
  if (object.name === 'choice') return compileChoice(object.options, label || ROOT);
  if (isDistributionName(object.name)) {
    return { type: 'number', label: label || ROOT, distribution: checkDistribution(object, label || ROOT) };
  }
  const keys = Object.keys(object);
  const items = keys.map((key) => {
    check(/^[^.:*]+$/.test(key), 'space', 'keys must be without ".", ":" and "*"', key);
    return compile(object[key], join(label, key));
  });
  return { type: 'object', keys, items };
}

function constant(value: unknown, label: string): SpaceNode {
  const isJson = value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value);
  check(isJson, 'space', 'constants must be JSON', typeof value === 'number' ? value : typeof value, `At "${label}".`);
  return { type: 'constant', value: value as null | boolean | number | string };
}

function compileChoice(options: unknown, label: string): SpaceNode {
  const ok = Array.isArray(options) && options.length > 0;
  check(ok, 'hp.choice', 'options must be an array with something in it', options, `At "${label}".`);
  return { type: 'choice', label, options: options.map((option, i) => compile(option, `${label}:${i}`)) };
}

function join(label: string, key: string): string {
  return label === '' ? key : `${label}.${key}`;
}

/** Every label of the space, active or not, in the order of the expression. */
export function labels(space: Space): string[] {
  const found: string[] = [];
  const visit = (node: SpaceNode): void => {
    if (node.type === 'number' || node.type === 'choice') found.push(node.label);
    if (node.type === 'choice') node.options.forEach(visit);
    else if (node.type === 'object' || node.type === 'array') node.items.forEach(visit);
  };
  visit(compileSpace(space));
  return found;
}

/**
 * One draw from the prior, by hpjs's random search.
 *
 * Random   one word of `rng` seeds a fresh hpjs RandomState: same rng, same draw
 */
export function sampleSpace(space: Space, rng: Rng): Draw {
  const node = compileSpace(space);
  // A second key, because hpjs unwraps an object that has only one.
  const expression = { drawn: traced(node), kept: 0 };
  const { drawn } = drawExpression(expression, rng.uint32()) as { drawn: unknown };
  const assignment: Record<string, number> = {};
  collect(node, drawn, assignment);
  return { params: resolve(space, assignment), assignment };
}

/**
 * The expression that hpjs evaluates: arrays instead of objects (it would take an object with a `name` for a distribution),
 * and each option beside its index, because hpjs does not say which one it took.
 */
function traced(node: SpaceNode): unknown {
  if (node.type === 'constant') return null;
  if (node.type === 'number') return isCertain(node) ? 0 : node.distribution;
  if (node.type !== 'choice') return node.items.map(traced);
  const options = node.options.map((option, i) => [i, traced(option)]);
  return isCertain(node) ? options[0] : { name: 'choice', options };
}

/**
 * One outcome only. These do not go to hpjs: it draws whole words until one is 0, which only the fault of its generator brings
 * about (every 624th word is 0).
 */
function isCertain(node: SpaceNode): boolean {
  if (node.type === 'choice') return node.options.length === 1;
  return node.type === 'number' && node.distribution.name === 'randint' && node.distribution.upper === 1;
}

function collect(node: SpaceNode, drawn: unknown, out: Record<string, number>): void {
  if (node.type === 'number') {
    const { distribution } = node;
    const value = drawn as number;
    out[node.label] = distribution.name === 'randint' ? value : onGrid(scaleOf(distribution), value);
  } else if (node.type === 'choice') {
    const [index, inner] = drawn as [number, unknown];
    out[node.label] = index;
    collect(node.options[index], inner, out);
  } else if (node.type !== 'constant') {
    node.items.forEach((item, i) => collect(item, (drawn as unknown[])[i], out));
  }
}

/**
 * The parameters that an assignment stands for.
 *
 * Throws   usage: an active label is missing or its value is outside the space
 */
export function resolve(space: Space, assignment: Assignment): JsonObject {
  return build(compileSpace(space), assignment) as JsonObject;
}

function build(node: SpaceNode, assignment: Assignment): JsonValue {
  if (node.type === 'constant') return node.value;
  if (node.type === 'array') return node.items.map((item) => build(item, assignment));
  if (node.type === 'object') {
    return Object.fromEntries(node.keys.map((key, i) => [key, build(node.items[i], assignment)]));
  }
  const value = assignment[node.label];
  const rule = `the value of "${node.label}" must lie in its space`;
  check(isValue(node, value), 'resolve', rule, value);
  return node.type === 'choice' ? build(node.options[value], assignment) : value;
}

function isValue(node: SpaceNode & { type: 'number' | 'choice' }, value: unknown): boolean {
  if (typeof value !== 'number') return false;
  if (node.type === 'number' && node.distribution.name !== 'randint') {
    return isInside(scaleOf(node.distribution), value);
  }
  const upper = node.type === 'choice' ? node.options.length : (node.distribution as { upper: number }).upper;
  return Number.isInteger(value) && value >= 0 && value < upper;
}

/**
 * The inverse of `resolve`: null where the parameters are not of the space.
 *
 * Keys must be the same, constants equal and numbers within their bounds (a number between two steps of a quantised
 * distribution is fine). Where several options of a choice fit, the first is taken.
 */
export function assignmentOf(space: Space, params: JsonObject): Assignment | null {
  return match(compileSpace(space), params);
}

function match(node: SpaceNode, value: JsonValue | undefined): Assignment | null {
  if (node.type === 'constant') return node.value === value ? {} : null;
  if (node.type === 'number') return isValue(node, value) ? { [node.label]: value as number } : null;
  if (node.type === 'array') {
    const fits = Array.isArray(value) && value.length === node.items.length;
    return fits ? matchAll(node.items, value as readonly JsonValue[]) : null;
  }
  if (node.type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const object = value as JsonObject;
    const fits =
      Object.keys(object).length === node.keys.length && node.keys.every((key) => Object.hasOwn(object, key));
    const values = node.keys.map((key) => object[key]);
    return fits ? matchAll(node.items, values) : null;
  }
  for (const [i, option] of node.options.entries()) {
    const inner = match(option, value);
    if (inner !== null) return { [node.label]: i, ...inner };
  }
  return null;
}

function matchAll(nodes: readonly SpaceNode[], values: readonly JsonValue[]): Assignment | null {
  const all: Record<string, number> = {};
  for (const [i, node] of nodes.entries()) {
    const part = match(node, values[i]);
    if (part === null) return null;
    Object.assign(all, part);
  }
  return all;
}
