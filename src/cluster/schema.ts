/** @file Checks for what comes out of Redis, where anybody may have put it: everything else is refused. */

import type { JsonObject } from '../core/index.js';
import { checkData } from '../core/index.js';

/** Gives the value back, as what it was found to be. */
export type Check<T> = (value: unknown, at: string) => T;

export function text(most: number, pattern = /^/): Check<string> {
  return (value, at) => {
    const fits = typeof value === 'string' && value.length <= most && pattern.test(value);
    checkData(fits, at, `must be a text of at most ${most} characters of its form`, value);
    return value;
  };
}

export function whole(least: number, most: number): Check<number> {
  return (value, at) => {
    const fits = Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
    checkData(fits, at, `must be a whole number from ${least} to ${most}`, value);
    return value as number;
  };
}

export function between(least: number, most: number): Check<number> {
  return (value, at) => {
    const fits = typeof value === 'number' && value >= least && value <= most;
    checkData(fits, at, `must be a number from ${least} to ${most}`, value);
    return value;
  };
}

export function oneOf<T extends string>(...words: readonly T[]): Check<T> {
  return (value, at) => {
    checkData((words as readonly unknown[]).includes(value), at, `must be one of ${words.join(', ')}`, value);
    return value as T;
  };
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, at) => (value === undefined ? undefined : check(value, at));
}

export function listOf<T>(check: Check<T>, most: number): Check<readonly T[]> {
  return (value, at) => {
    checkData(Array.isArray(value) && value.length <= most, at, `must be a list of at most ${most}`, value);
    return value.map((item, i) => check(item, `${at}[${i}]`));
  };
}

/** An object of a text whose length was bounded, whatever it says. */
export const anyObject: Check<JsonObject> = (value, at) => {
  checkData(isObject(value), at, 'must be an object', value);
  return value as JsonObject;
};

/** JSON of at most so many characters, whatever it says. */
export function json(most: number): Check<JsonObject> {
  return (value, at) => {
    checkData(isObject(value) && JSON.stringify(value).length <= most, at, `must be at most ${most} characters`, value);
    return value as JsonObject;
  };
}

type Checked<Fields extends Readonly<Record<string, Check<unknown>>>> = {
  readonly [Name in keyof Fields]: ReturnType<Fields[Name]>;
};

/** Exactly these fields; those that are undefined are left out. */
export function object<Fields extends Readonly<Record<string, Check<unknown>>>>(
  fields: Fields,
): Check<Checked<Fields>> {
  return (value, at) => {
    checkData(isObject(value), at, 'must be an object', value);
    for (const name of Object.keys(value)) checkData(Object.hasOwn(fields, name), at, 'has an unknown field', name);
    const entries = Object.entries(fields).map(([name, check]) => [name, check(value[name], `${at}.${name}`)] as const);
    return Object.fromEntries(entries.filter(([, found]) => found !== undefined)) as Checked<Fields>;
  };
}

/** A text that holds JSON. */
export function parsed<T>(text: string, check: Check<T>, at: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    checkData(false, at, 'must be JSON', text);
  }
  return check(value, at);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
