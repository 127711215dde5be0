/** @file Pages: EJS templates in `views/` -> HTML. Templates print; they compute nothing. */

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import ejs from 'ejs';

import { links } from './links.js';
import type { ErrorPage, HomePage, ModelPage, SearchForm, StartingPage, StudyPage } from './view-model.js';

/** The folder of the templates and of `assets/`; the same from `src` and from `dist`. */
export const VIEWS_FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../../views');
export const ASSETS_FOLDER = join(VIEWS_FOLDER, 'assets');

/** Which page, and what it shows. */
export type Page =
  | { readonly view: 'home'; readonly page: HomePage }
  | { readonly view: 'new'; readonly page: { readonly form: SearchForm } }
  | { readonly view: 'study'; readonly page: StudyPage }
  | { readonly view: 'starting'; readonly page: StartingPage }
  | { readonly view: 'model'; readonly page: ModelPage }
  | { readonly view: 'error'; readonly page: ErrorPage };

/** A whole page of HTML. */
export async function renderPage({ view, page }: Page): Promise<string> {
  const file = join(VIEWS_FOLDER, `${view}.ejs`);
  if (!existsSync(file)) throw new Error(`${file} is missing: the package is incomplete`);
  return ejs.renderFile(file, { page, links }, { cache: true, strict: true, localsName: 'it', _with: false } as never);
}
