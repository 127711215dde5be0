/** @file How reading fails. */

import { ToolkitError } from '../core/index.js';

/** Throws a data error of the reader: the rule that is broken, and where. */
export function refuse(rule: string, hint: string): never {
  throw new ToolkitError('data', { where: 'csv', rule, hint });
}
