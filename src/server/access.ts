/**
 * @file Who may use a server that others can reach: whoever knows its token, as a program by `Authorization: Bearer`, as a person by a
 * cookie that the sign-in page gives for it.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

import { check, ToolkitError } from '../core/index.js';
import type { Request } from './http.js';
import { headerOf, HttpError } from './http.js';

/** What a server is told about those who may use it. */
export interface AccessOptions {
  readonly host: string;
  /** Asked of every request. Default: that of nobody, which only a loopback address may have. */
  readonly token?: string | undefined;
  /** Lets everybody in who can reach an address other than loopback. */
  readonly noAuth?: boolean | undefined;
  /** Address under which a proxy shows the server, such as https://automl.example. */
  readonly publicUrl?: string | undefined;
  /** More names that Host may say. */
  readonly allowHosts?: readonly string[] | undefined;
}

const COOKIE = 'lrnn_session';
const COOKIE_SECONDS = 7 * 86_400;
const MIN_TOKEN = 16;

export class Access {
  private readonly session: string | null;

  /** Throws `usage` for an address that others reach, without a token and without the word that none is wanted. */
  constructor(private readonly options: AccessOptions) {
    const { host, token, noAuth = false, publicUrl } = options;
    const enough = token === undefined || (token.length >= MIN_TOKEN && /^[\x21-\x7e]+$/.test(token));
    if (!enough) {
      const rule = `must have at least ${MIN_TOKEN} letters, digits and signs, without spaces`;
      throw new ToolkitError('usage', { where: 'token', rule, hint: 'openssl rand -hex 24 makes one.' });
    }
    const isSafe = token !== undefined || noAuth || isLoopback(host);
    const hint = 'Others can reach it: set --token or LRNN_TOKEN, or say --no-auth.';
    check(isSafe, 'serve', 'a host other than this computer needs a token', host, hint);
    check(publicUrl === undefined || isAddress(publicUrl), 'public-url', 'must be like https://name', publicUrl);
    this.session = token === undefined ? null : createHmac('sha256', token).update('lrnn session').digest('hex');
  }

  /** Everybody who can reach the server may use it. */
  get isOpen(): boolean {
    return this.session === null;
  }

  /** Others than this computer can reach the server. */
  get isShared(): boolean {
    return !isLoopback(this.options.host) || this.options.publicUrl !== undefined;
  }

  /** Names that Host may say besides localhost and addresses. */
  get hosts(): string[] {
    const { host, allowHosts = [], publicUrl } = this.options;
    return [host, ...allowHosts, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])];
  }

  /** Origin of pages that a proxy shows; null without one. */
  get origin(): string | null {
    const { publicUrl } = this.options;
    return publicUrl === undefined ? null : new URL(publicUrl).origin;
  }

  knows(request: Request): boolean {
    if (this.session === null) return true;
    const bearer = /^Bearer +(\S+)$/i.exec(headerOf(request, 'authorization') ?? '')?.[1];
    if (bearer !== undefined) return isSame(bearer, this.options.token!);
    const cookie = new RegExp(`(?:^|; *)${COOKIE}=([0-9a-f]+)`).exec(headerOf(request, 'cookie') ?? '')?.[1];
    return cookie !== undefined && isSame(cookie, this.session);
  }

  /** Throws 401 for a request of a stranger. */
  require(request: Request): void {
    if (!this.knows(request)) throw new HttpError(401, 'server: sign in, or send the token: Authorization: Bearer.');
  }

  /** The cookie for whoever knows the token; null for a wrong one. */
  signIn(token: string): string | null {
    if (this.session === null || !isSame(token, this.options.token!)) return null;
    return this.cookie(this.session, COOKIE_SECONDS);
  }

  signOut(): string {
    return this.cookie('', 0);
  }

  private cookie(value: string, seconds: number): string {
    const secure = this.origin?.startsWith('https:') ? '; Secure' : '';
    return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
  }
}

/** Takes as long whatever differs. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isAddress(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** Where to go after signing in: a path of this server, never an address elsewhere; else to its first page. */
export function safePath(path: string | undefined, home = '/'): string {
  return path !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : home;
}
