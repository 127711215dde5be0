/** @file Small files that are there whole or not at all. */

import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Puts a file in the place of what was there. Whoever reads it, also after a kill, finds the one or the other.
 *
 * Throws   what the file system says; the old file stays
 */
export function writeWhole(file: string, text: string): void {
  const part = `${file}.part`;
  try {
    writeFileSync(part, text);
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
