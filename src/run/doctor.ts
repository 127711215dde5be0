/** @file What is here, what is missing and the command that installs it. */

import { availableParallelism, totalmem } from 'node:os';

import { ToolkitError } from '../core/index.js';
import { describeEngines } from '../engine/index.js';
import { requireXgboost } from '../models/index.js';
import { describeRedis } from './fit/cluster.js';
import { askGpu } from './fit/gpu-child.js';
import { packageVersion } from './package-info.js';

export interface DoctorLine {
  readonly name: string;
  readonly available: boolean;
  readonly detail: string;
  /** The command that installs what is missing; null where there is nothing to install. */
  readonly install: string | null;
}

/** Throws usage: `redis` is no URL of a Redis. */
export async function doctor(redis: string | null = null): Promise<DoctorLine[]> {
  const [major] = process.versions.node.split('.').map(Number);
  const machine = `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const info = (name: string, detail: string): DoctorLine => ({ name, available: true, detail, install: null });
  return [
    info('lrnn-automl', packageVersion()),
    { name: 'node', available: major >= 20, detail: process.version, install: null },
    info('machine', `${process.platform} ${process.arch}, ${machine}`),
    ...(await describeEngines(askGpu)).map(({ name, available, reason, install }) => ({
      name: `engine ${name}`,
      available,
      detail: reason,
      install,
    })),
    await library('xgboost', 'ml-xgboost', requireXgboost),
    await library('sqlite', 'libsql', () => import('../search/node.js')),
    ...(redis === null ? [] : await cluster(redis)),
  ];
}

async function cluster(url: string): Promise<DoctorLine[]> {
  try {
    return (await describeRedis(url)).map((line) => ({ ...line, install: null }));
  } catch (error) {
    if (!(error instanceof ToolkitError) || error.kind === 'usage') throw error;
    const install = error.parts.hint?.includes('npm install') ? 'npm install bullmq ioredis' : null;
    return [{ name: 'redis', available: false, detail: error.message, install }];
  }
}

async function library(name: string, module: string, load: () => Promise<unknown>): Promise<DoctorLine> {
  try {
    await load();
    return { name, available: true, detail: module, install: null };
  } catch (error) {
    const detail = (error as Error).message.split('\n')[0];
    return { name, available: false, detail, install: `npm install ${module}` };
  }
}
