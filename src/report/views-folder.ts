/** @file Where the templates lie. This file stands two levels below the package's root, as what is built from it does: paths from here hold in both. */

import { fileURLToPath } from 'node:url';

/** The folder of the templates, of `assets/` and of `style/`. */
export const VIEWS_FOLDER = fileURLToPath(new URL('../../views', import.meta.url));
