/** @file Who asks, told by address, and how many requests of one visitor are answered. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';

import type { Request, Response } from 'express';
import type { RateLimitRequestHandler } from 'express-rate-limit';
import { ipKeyGenerator, MemoryStore, rateLimit } from 'express-rate-limit';
import proxyAddress from 'proxy-addr';

import { check, ToolkitError } from '../core/index.js';
import { isLoopback } from './access.js';
import { HttpError } from './http.js';

/** What a server is told about its visitors. */
export interface VisitorOptions {
  /**
   * Proxies whose `X-Forwarded-For` is believed: addresses, ranges such as 10.0.0.0/8, and the words loopback, linklocal and
   * uniquelocal. Default: none, for whoever can reach a port can write that header.
   */
  readonly trustProxies?: readonly string[] | undefined;
  /** Requests per second of one address, on average over ten seconds; 0: any number. */
  readonly rateLimit?: number | undefined;
  /** The time over which they are counted. Default: 10,000. */
  readonly rateWindowMs?: number | undefined;
}

const WINDOW_MS = 10_000;

export class Visitors {
  private readonly trust: (address: string, hop: number) => boolean;
  private readonly store = new MemoryStore();
  private readonly limiter: RateLimitRequestHandler | null;

  /** Throws `usage` for what is no address of a proxy. */
  constructor({ trustProxies = [], rateLimit: perSecond = 0, rateWindowMs = WINDOW_MS }: VisitorOptions) {
    check(perSecond >= 0, 'rate-limit', 'must be a number of at least 0', perSecond);
    this.trust = compileTrust(trustProxies);
    const limit = Math.ceil((perSecond * rateWindowMs) / 1000);
    this.limiter = limit === 0 ? null : this.limiterOf(limit, rateWindowMs);
  }

  /** The address of whoever asks; behind a proxy that is believed, the one that it names. */
  addressOf(request: IncomingMessage): string {
    const direct = request.socket.remoteAddress ?? '-';
    const named = proxyAddress(request, this.trust);
    return named !== undefined && isIP(named) !== 0 ? named : direct;
  }

  /** The same for all addresses that one visitor has (a network of IPv6); null for this computer, whose user may do anything. */
  keyOf(request: IncomingMessage): string | null {
    const key = keyOfAddress(this.addressOf(request));
    // Whoever is named by a proxy may be anybody, whatever the name says.
    const isNamed =
      request.headers['x-forwarded-for'] !== undefined && this.trust(request.socket.remoteAddress ?? '-', 0);
    return !isNamed && isLoopback(key) ? null : key;
  }

  /** Counts a request; rejects with 429 where its address asks for too much. */
  async admit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { limiter } = this;
    if (!limiter || this.keyOf(request) === null) return;
    await new Promise<void>((done, fail) => {
      // It reads and writes no more of them than Node's own have, with the options below.
      void limiter(request as Request, response as Response, (error?: unknown) => {
        if (error instanceof Error) fail(error);
        else done();
      });
    });
  }

  /** Forgets everybody. */
  close(): void {
    this.store.shutdown();
  }

  private limiterOf(limit: number, windowMs: number): RateLimitRequestHandler {
    return rateLimit({
      windowMs,
      limit,
      store: this.store,
      keyGenerator: (request) => this.keyOf(request)!,
      legacyHeaders: false,
      standardHeaders: false,
      validate: false,
      handler: (request) => {
        const { resetTime } = (request as Request & { rateLimit: { resetTime: Date } }).rateLimit;
        const seconds = Math.min(windowMs, Math.max(1, resetTime.getTime() - Date.now())) / 1000;
        throw new HttpError(429, 'server: too many requests from one address. Wait a moment.', Math.ceil(seconds));
      },
    });
  }
}

function compileTrust(proxies: readonly string[]): (address: string, hop: number) => boolean {
  try {
    return proxyAddress.compile([...proxies]);
  } catch (error) {
    const rule = 'must be addresses, ranges such as 10.0.0.0/8, loopback, linklocal or uniquelocal';
    throw new ToolkitError('usage', { where: 'trust-proxy', rule, got: proxies.join(',') }, { cause: error });
  }
}

/** Loopback addresses stay as they are: a network of IPv6 would be wider than they are. */
function keyOfAddress(address: string): string {
  return isLoopback(address) ? address : ipKeyGenerator(address);
}
