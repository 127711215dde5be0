/** @file "Did you mean": the paths nearest to one that is not there. */

import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { nearestName } from '../../data/index.js';
import { STUDY_FILE } from './study-paths.js';
import { TARGETS_FILE } from './targets.js';

/** Folders of studies stand here unless somebody says otherwise. */
const REPORTS = 'reports';
/** Entries of a folder that are compared. */
const MOST_ENTRIES = 2000;

/**
 * A hint for a path that does not exist: what is called so, or nearly so, in its folder or among the studies; undefined where
 * nothing is.
 */
export function pathHint(path: string): string | undefined {
  const name = basename(path);
  const above = dirname(path);
  for (const folder of [above, join(above, REPORTS)]) {
    const names = entriesOf(folder);
    const found = names.find((entry) => entry === name || stemOf(entry) === stemOf(name)) ?? nearestName(name, names);
    const near = found === undefined ? undefined : join(folder, found);
    if (near !== undefined && near !== path) return `Did you mean ${near}?`;
  }
  return undefined;
}

/** Studies that a hint names at most. */
const MOST_NAMED = 3;

/** A hint for a folder that is no study but holds some, as the one of all reports does; undefined where it holds none. */
export function studiesHint(folder: string): string | undefined {
  const studies = entriesOf(folder).filter((name) =>
    [STUDY_FILE, TARGETS_FILE].some((file) => existsSync(join(folder, name, file))),
  );
  if (studies.length === 0) return undefined;
  const named = studies.slice(0, MOST_NAMED).map((name) => join(folder, name));
  const more = studies.length - named.length;
  return `It holds studies: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

function stemOf(name: string): string {
  return name.replace(/\.safetensors$/i, '').toLowerCase();
}

/** Folders, and files of models. */
function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.'))
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink() || entry.name.endsWith('.safetensors'))
      .slice(0, MOST_ENTRIES)
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
