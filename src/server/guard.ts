/**
 * @file Who may talk to the server: pages of the server itself, and programs on this computer.
 *
 * A page from elsewhere can send requests to 127.0.0.1, and by DNS rebinding under a name of its own. So names in Host must
 * be known (addresses cannot be rebound), and whatever changes something must come from a page of ours.
 */

import { isIP } from 'node:net';

import type { Request } from './http.js';
import { headerOf, HttpError } from './http.js';

export interface GuardOptions {
  /** Names that may stand in Host besides localhost and addresses. */
  readonly hosts: readonly string[];
  /** Of pages that a proxy shows under another name. */
  readonly origin?: string | null;
}

/** Sent with every reply. Scripts and styles come from files of ours only; nothing may frame the pages. */
export const SAFETY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Throws a 403 for a request that must not be answered. */
export function guardRequest(request: Request, { hosts, origin: shown = null }: GuardOptions): void {
  const host = headerOf(request, 'host');
  if (!isKnownHost(host, hosts)) throw new HttpError(403, 'server: Host must be this computer.');
  const site = headerOf(request, 'sec-fetch-site');
  if (request.method === 'GET' || request.method === 'HEAD') {
    // A link from elsewhere may lead here; pictures and scripts of other pages may not make the server work.
    const isForeign = site === 'cross-site' || site === 'same-site';
    if (!isForeign || headerOf(request, 'sec-fetch-mode') === 'navigate') return;
    throw new HttpError(403, 'server: other pages may lead here, and no more.');
  }
  const origin = headerOf(request, 'origin');
  const isOurs = origin === undefined || origin === shown || hostOf(origin) === host?.toLowerCase();
  if (!isOurs || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    throw new HttpError(403, 'server: requests that change something must come from its own pages.');
  }
}

function isKnownHost(host: string | undefined, hosts: readonly string[]): boolean {
  const url = host === undefined ? null : parseUrl(`http://${host}`);
  if (!url || url.pathname !== '/' || url.username !== '') return false;
  const name = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || isIP(name) !== 0 || hosts.some((known) => known.toLowerCase() === name);
}

/** Host with port, as the Host header says it; null for `null` and nonsense. */
function hostOf(origin: string): string | null {
  return parseUrl(origin)?.host ?? null;
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
