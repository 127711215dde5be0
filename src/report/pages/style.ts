/** @file The style sheet: its parts, each what it styles, as the one file that pages ask for. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { VIEWS_FOLDER } from '../views-folder.js';

/** Where the parts lie. */
export const STYLE_FOLDER = join(VIEWS_FOLDER, 'style');

/** In the order in which they hold: what is narrow and what is printed stands over everything before it. */
export const STYLE_PARTS = [
  'colours',
  'base',
  'frame',
  'parts',
  'facts',
  'tables',
  'figures',
  'home',
  'form',
  'live',
  'reproduce',
  'study',
  'numbers',
  'data',
  'model',
  'try',
  'report',
  'narrow',
  'print',
] as const;

let sheet: string | null = null;

/** The whole sheet, read once. */
export function styleSheet(): string {
  sheet ??= STYLE_PARTS.map((part) => readFileSync(join(STYLE_FOLDER, `${part}.css`), 'utf8')).join('\n');
  return sheet;
}
