/** @file BullMQ and ioredis: optional packages, loaded when a Redis is named. */

import type * as bullmqModule from 'bullmq';
import type * as ioredisModule from 'ioredis';

import { ToolkitError } from '../core/index.js';

export interface Packages {
  readonly Redis: typeof ioredisModule.Redis;
  readonly bullmq: typeof bullmqModule;
}

/** Throws state: one of them is not installed, with the command that installs both. */
export async function loadPackages(load = (name: string): Promise<unknown> => import(name)): Promise<Packages> {
  try {
    const { Redis } = (await load('ioredis')) as typeof ioredisModule;
    const bullmq = (await load('bullmq')) as typeof bullmqModule;
    return { Redis, bullmq };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    const rule = 'a search over many machines needs the packages bullmq and ioredis';
    const hint = `Install them with: npm install bullmq ioredis.`;
    if (isMissing) throw new ToolkitError('state', { where: 'redis', rule, hint }, { cause: error });
    throw new ToolkitError('state', { where: 'redis', rule, got: message, hint }, { cause: error });
  }
}
