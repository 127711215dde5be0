/** @file The style sheet: its parts, each what it styles, as the one file that pages ask for. */

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the parts lie; the same from `src` and from `dist`. */
export const STYLE_FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../../../views/style');

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
