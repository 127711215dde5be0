/** @file What is here, what is missing and the command that installs it. */

import { availableParallelism, totalmem } from 'node:os';

import { describeEngines } from '../engine/index.js';
import { requireXgboost } from '../models/index.js';
import { packageVersion } from './package-info.js';

export interface DoctorLine {
  readonly name: string;
  readonly available: boolean;
  readonly detail: string;
  /** The command that installs what is missing; null where there is nothing to install. */
  readonly install: string | null;
}

export async function doctor(): Promise<DoctorLine[]> {
  const [major] = process.versions.node.split('.').map(Number);
  const machine = `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const info = (name: string, detail: string): DoctorLine => ({ name, available: true, detail, install: null });
  return [
    info('lrnn-automl', packageVersion()),
    { name: 'node', available: major >= 20, detail: process.version, install: null },
    info('machine', `${process.platform} ${process.arch}, ${machine}`),
    ...(await describeEngines()).map(({ name, available, reason, install }) => ({
      name: `engine ${name}`,
      available,
      detail: reason,
      install,
    })),
    await library('xgboost', 'ml-xgboost', requireXgboost),
    await library('sqlite', 'libsql', () => import('../search/node.js')),
  ];
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
