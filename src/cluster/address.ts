/** @file Where a Redis is, as its URL says it; the password stands in no message. */

import { check } from '../core/index.js';

/** Takes the place of a password in the URL, which everybody sees who lists processes. */
export const PASSWORD_VARIABLE = 'LRNN_REDIS_PASSWORD';

const RULE = 'must be a URL such as redis://host:6379, or rediss://host:6379 for TLS';

/** Throws usage: not the URL of a Redis. */
export function checkRedisUrl(text: unknown, where = 'redis'): URL {
  const isText = typeof text === 'string' && /^rediss?:\/\/./i.test(text) && URL.canParse(text);
  check(isText, where, RULE, typeof text === 'string' ? masked(text) : text);
  const url = new URL(text);
  const database = url.pathname.replace(/^\//, '');
  check(url.hostname !== '', where, RULE, addressOf(url));
  const tail = url.pathname + url.search + url.hash;
  // What begins in a password ends the host: the rest of it would be passed over in silence, and its begin taken for a port.
  const isCut = tail.includes('@');
  const hint = isCut ? 'In a password a slash is written %2F, a question mark %3F and a hash %23.' : undefined;
  const isDatabase = /^\d{0,5}$/.test(database) && !isCut;
  check(
    isDatabase,
    where,
    'must end with the number of a database, or nothing',
    masked(isCut ? tail : url.pathname),
    hint,
  );
  const isWritten = [url.username, url.password].every(isDecodable);
  check(isWritten, where, 'must write a percent sign in user and password as %25', addressOf(url));
  return url;
}

/** Without whatever may be a password, also where the slashes or more are missing. */
function masked(text: string): string {
  return text.replace(/^((?:redis|http)s?:\/\/)?.*@/is, '$1***@');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** `redis://host:port/database`, without user and password; the same however the same place is written. */
export function addressOf(url: URL): string {
  const path = /^\/0*$/.test(url.pathname) ? '' : url.pathname.replace(/^\/0+(?=\d+$)/, '/');
  return `${url.protocol}//${url.hostname.toLowerCase()}:${url.port || 6379}${path}`;
}

/** The URL as commands and studies keep it: everything but the password. */
export function withoutPassword(text: string): string {
  const url = checkRedisUrl(text);
  const user = url.username && `${url.username}@`;
  return addressOf(url).replace('//', `//${user}`);
}

/** What a connection needs. */
export interface RedisLogin {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  readonly tls?: { readonly servername?: string };
}

export function loginOf(url: URL, environment: NodeJS.ProcessEnv = process.env): RedisLogin {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const password = decodeURIComponent(url.password) || environment[PASSWORD_VARIABLE];
  const isName = !/^[\d.]+$|:/.test(host);
  return {
    host,
    port: Number(url.port || 6379),
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(password ? { password } : {}),
    db: Number(url.pathname.slice(1) || 0),
    // A certificate is checked against the name that was asked for; an address has none to send.
    ...(url.protocol === 'rediss:' ? { tls: isName ? { servername: host } : {} } : {}),
  };
}
