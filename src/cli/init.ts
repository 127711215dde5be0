/** @file `lrnn init`: a file of options for a project, never over one that is there. */

import { existsSync, writeFileSync } from 'node:fs';

import { ToolkitError } from '../core/index.js';
import type { Invocation } from './commands.js';
import { CONFIG_FILE, configSchema, newConfig } from './config.js';

/** What is said of it; with `schema`, the schema. Throws   state: the file exists, or cannot be written */
export function init({ data, target, schema }: Extract<Invocation, { command: 'init' }>): string {
  if (schema) return `${JSON.stringify(configSchema(), null, 2)}\n`;
  if (existsSync(CONFIG_FILE)) {
    const hint = 'Change it by hand, or take it away first.';
    throw new ToolkitError('state', { where: 'init', rule: 'must not write over a file', got: CONFIG_FILE, hint });
  }
  writeFileSync(CONFIG_FILE, newConfig(data, target));
  const missing = [data === null ? 'data' : '', target === null ? 'target' : ''].filter((word) => word !== '');
  const next =
    missing.length === 0
      ? 'lrnn fit takes its options from there.'
      : `Say ${missing.join(' and ')} there or to lrnn fit.`;
  return `Wrote ${CONFIG_FILE}. ${next}\n`;
}
