/** @file Requests and replies as plain data, so that handlers can be tested without a network. */

import { ToolkitError } from '../core/index.js';

/** Columns of a CSV that comes with a request. */
export const MAX_REQUEST_COLUMNS = 10_000;

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Request {
  readonly method: string;
  readonly headers: Headers;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | FileBody;
}

/** A file that is sent and then removed. */
export interface FileBody {
  readonly file: string;
  readonly cleanUp: () => Promise<void>;
}

/** A failure with a status of its own. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Seconds after which to come again. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

/** For a body that stopped coming; the connection ends with it. */
export function silentBody(): HttpError {
  return new HttpError(408, 'server: the rest of the request did not come.');
}

/** What a visitor may know of an error: one sentence for what they can mend, nothing about our insides. */
export function describeError(error: unknown): { status: number; message: string } {
  if (error instanceof HttpError) return { status: error.status, message: error.message };
  if (error instanceof ToolkitError) return { status: error.status, message: error.message };
  return { status: 500, message: 'The request could not be answered. The terminal of the server says more.' };
}

export function htmlReply(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body };
}

export function jsonReply(value: unknown): Reply {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status: 200, headers, body: `${JSON.stringify(value, null, 2)}\n` };
}

export function redirect(location: string): Reply {
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

/** The header as one text; the first of several. */
export function headerOf({ headers }: Request, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Where the application that answers is mounted in another one, such as `/automl`; empty where it is not. */
export function baseOf(request: object): string {
  const { baseUrl, originalUrl, url } = request as Readonly<Record<string, unknown>>;
  // An Express below says an empty one, too.
  if (typeof baseUrl === 'string' && baseUrl !== '') return baseUrl;
  // Connect tells only what was asked for and what is left of it: `/automl/new` and `/new`, `/automl` and `/`.
  if (typeof originalUrl !== 'string' || typeof url !== 'string') return '';
  const [whole, rest] = [originalUrl, url].map((address) => address.replace(/[?#].*$/s, ''));
  const base = whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : rest === '/' ? whole : '';
  // Nothing that leads to another host.
  return /^\/(?!\/)/.test(base) ? base : '';
}

/** A page whose addresses lead below the base. Texts have no bare quotes in them: only attributes look like this. */
export function rebased(html: string, base: string): string {
  if (base === '') return html;
  const safe = base.replace(/["&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return html.replace(
    / (href|src|action|formaction|data-events)="\/(?!\/)/g,
    (_, name: string) => ` ${name}="${safe}/`,
  );
}

/**
 * A text that does not say where a folder lies: paths below it begin in it, and it is called `reports` itself. Longer names that begin
 * or end as the path does stay, and so do the addresses of a page: `/data` is a folder, `/studies/cars/data` none.
 */
export function withoutFolder(text: string, folder: string): string {
  const path = folder.replace(/[/\\]+$/, '');
  if (path === '') return text;
  const name = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const address = ' (?:href|src|action|formaction|data-events)="[^"]*"';
  const own = `(?<![\\p{L}\\p{N}_.%~/\\\\-])${name}(?:([/\\\\])|(?![\\p{L}\\p{N}_%~-]|\\.[\\p{L}\\p{N}]))`;
  return text.replace(new RegExp(`${address}|${own}`, 'gu'), (found: string, below: string | undefined) =>
    found.startsWith(path) ? (below === undefined ? 'reports' : '') : found,
  );
}
