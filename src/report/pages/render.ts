/** @file Pages: EJS templates in `views/` -> HTML. Templates print; they compute nothing. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ejs from 'ejs';

import { VIEWS_FOLDER } from '../views-folder.js';
import { links } from '../words/links.js';
import type { StaticPage, StaticParts } from './static-page.js';
import {
  inlineScript,
  offlineForm,
  offlineModel,
  offlineSearch,
  offlineStudy,
  offlineWords,
  ownPart,
} from './static-page.js';
import { styleSheet } from './style.js';
import type {
  ComparePage,
  DataPage,
  ErrorPage,
  HomePage,
  ModelPage,
  SearchForm,
  SearchPage,
  StartingPage,
  StudyPage,
  TryPage,
} from './view-model.js';

export const ASSETS_FOLDER = join(VIEWS_FOLDER, 'assets');

/** Which page, and what it shows. */
export type Page =
  | { readonly view: 'home'; readonly page: HomePage }
  | { readonly view: 'compare'; readonly page: ComparePage }
  | { readonly view: 'new'; readonly page: { readonly form: SearchForm } }
  | { readonly view: 'study'; readonly page: StudyPage }
  | { readonly view: 'search'; readonly page: SearchPage }
  | { readonly view: 'data'; readonly page: DataPage }
  | { readonly view: 'try'; readonly page: TryPage }
  | { readonly view: 'starting'; readonly page: StartingPage }
  | { readonly view: 'model'; readonly page: ModelPage }
  | { readonly view: 'sign-in'; readonly page: { readonly error: string | null; readonly next: string } }
  | { readonly view: 'error'; readonly page: ErrorPage };

const partial = (name: string, page: unknown): Promise<string> =>
  ejs.renderFile(join(VIEWS_FOLDER, 'partials', `${name}.ejs`), { page, links }, EJS_OPTIONS as never);

/** One file that opens from disk: styles, scripts, figures and the model in it, no request to anywhere. */
export async function renderStatic(parts: StaticParts): Promise<string> {
  const { name, version, predictor } = parts;
  const models = await Promise.all(
    parts.models.map(async (model, i) => ({
      id: `part-model-${i}`,
      title: model.model,
      html: ownPart(await partial('model-body', offlineModel(model)), `m${i}`, `part-model-${i}`, model.model),
    })),
  );
  const asset = (file: string): string => readFileSync(join(ASSETS_FOLDER, file), 'utf8');
  const page: StaticPage = {
    name,
    version,
    style: styleSheet(),
    themeScript: inlineScript(asset('theme.js')),
    script: inlineScript(`${asset('app.js')}\n${asset('report.js')}`),
    model: predictor ? inlineScript(predictor.code) : null,
    study: offlineStudy(parts.study),
    search: offlineSearch(parts.search),
    data: parts.data,
    models,
    sections: [
      { href: '#leaderboard', label: 'Leaderboard' },
      { href: '#part-search', label: 'Search' },
      { href: '#part-data', label: 'Data' },
      ...models.map(({ id, title }) => ({ href: `#${id}`, label: title })),
      ...(predictor ? [{ href: '#part-try', label: 'Try it' }] : []),
    ],
    form: predictor ? offlineForm(predictor.form) : null,
    tryLead: predictor ? `${predictor.lead} Empty fields count as missing.` : '',
    offline: offlineWords(predictor?.start ?? null),
  };
  return ejs.renderFile(join(VIEWS_FOLDER, 'report.ejs'), { page, links }, EJS_OPTIONS as never);
}

const EJS_OPTIONS = { cache: true, strict: true, localsName: 'it', _with: false };

/** A whole page of HTML; one that only shows leads to no form of a new search. */
export async function renderPage({ view, page }: Page, { readOnly = false } = {}): Promise<string> {
  const file = join(VIEWS_FOLDER, `${view}.ejs`);
  if (!existsSync(file)) throw new Error(`${file} is missing: the package is incomplete`);
  return ejs.renderFile(file, { page, links, readOnly }, EJS_OPTIONS as never);
}
