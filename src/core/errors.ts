/** @file Every error we throw on purpose. Anything else that escapes is a bug. */

/** Who can fix it: the call, the input, the order of calls, or somebody who asks for less. */
export type ErrorKind = 'usage' | 'data' | 'state' | 'limit';

const STATUS: Readonly<Record<ErrorKind, number>> = { usage: 400, data: 422, state: 409, limit: 413 };

/** The parts of a message, in the order they are printed. Leave `got` out when the rule says it all. */
export interface ErrorParts {
  where: string;
  rule: string;
  got?: unknown;
  hint?: string | undefined;
}

/** One failure that the user can mend: `where: rule, got value. hint`. */
export class ToolkitError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly parts: ErrorParts,
    options?: ErrorOptions,
  ) {
    const { where, rule, got, hint } = parts;
    const seen = 'got' in parts ? `, got ${show(got)}` : '';
    super(`${where}: ${rule}${seen}.${hint ? ` ${hint}` : ''}`, options);
    this.name = 'ToolkitError';
  }

  /** What an HTTP server answers with: Express reads it by itself. */
  get status(): number {
    return STATUS[this.kind];
  }
}

/** Short, single-line rendering: numbers as written, long things cut. */
function show(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  const text = jsonStart(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** JSON of a value that may be a whole request: only its beginning matters, and however deep it is, an error must not fail itself. */
function jsonStart(value: unknown): string {
  const start = typeof value === 'string' ? value.slice(0, 100) : Array.isArray(value) ? value.slice(0, 30) : value;
  try {
    // Functions and symbols have no JSON.
    const text: string | undefined = JSON.stringify(start);
    return text ?? typeof value;
  } catch {
    return 'something that cannot be shown';
  }
}

/** Throws a `usage` error unless `ok`. */
export function check(ok: boolean, where: string, rule: string, got: unknown, hint?: string): asserts ok {
  if (!ok) throw new ToolkitError('usage', { where, rule, got, hint });
}

/** Throws a `data` error unless `ok`. */
export function checkData(ok: boolean, where: string, rule: string, got: unknown, hint?: string): asserts ok {
  if (!ok) throw new ToolkitError('data', { where, rule, got, hint });
}
