/** @file A study as one file: every page that needs no server, and the model that predicts in it. */

import type { DataPage } from './data-page.js';
import { escapeText } from './escape.js';
import type { ModelPage } from './model-page.js';
import type { SearchPage } from './search-page.js';
import type { StudyPage } from './study-page.js';
import type { TryPage } from './try-page.js';

export interface StaticParts {
  readonly name: string;
  readonly version: string;
  readonly study: StudyPage;
  readonly search: SearchPage;
  readonly data: DataPage;
  readonly models: readonly ModelPage[];
  /** The model that predicts in the page; null when none is small enough. */
  readonly predictor: StaticPredictor | null;
}

export interface StaticPredictor {
  readonly form: TryPage;
  /** An ES module that exports `predict(rows)`. */
  readonly code: string;
  /** Rows that contributions walk from, by column names. */
  readonly background: readonly Readonly<Record<string, string>>[];
  /** Why it is not the winner; null when it is. */
  readonly instead: string | null;
}

/** What `report.ejs` prints. */
export interface StaticPage {
  readonly name: string;
  readonly version: string;
  readonly style: string;
  readonly script: string;
  readonly model: string | null;
  readonly study: StudyPage;
  readonly search: SearchPage;
  readonly data: DataPage;
  readonly models: readonly { readonly id: string; readonly title: string; readonly html: string }[];
  readonly sections: readonly { readonly href: string; readonly label: string }[];
  readonly form: TryPage | null;
  readonly tryLead: string;
  /** JSON. */
  readonly background: string;
}

/** The page of a study without a way to a server. */
export function offlineStudy(page: StudyPage): StudyPage {
  const columns = Object.fromEntries(
    Object.entries(page.board.columns).map(([key, column]) => [key, { ...column, href: '#leaderboard' }]),
  ) as unknown as StudyPage['board']['columns'];
  return {
    ...page,
    leaderboard: page.leaderboard.map((row) => ({ ...row, href: null })),
    board: { ...page.board, columns, action: '#leaderboard' },
    isExplaining: false,
    insights: page.insights.map((card) => ({ ...card, href: null })),
    live: { ...page.live, isRunning: false },
    links: { json: '', download: null, best: null, tryIt: null, report: null, resume: null },
  };
}

export function offlineSearch(page: SearchPage): SearchPage {
  return { ...page, allTrials: '', trials: page.trials.map((trial) => ({ ...trial, href: null })) };
}

export function offlineModel(page: ModelPage): ModelPage {
  return {
    ...page,
    isExplaining: false,
    command: '',
    members: page.members.map((member) => ({ ...member, href: null })),
  };
}

export function offlineForm(page: TryPage): TryPage {
  return { ...page, action: '', fileAction: '' };
}

/**
 * A part of a page made its own, so that two parts of one kind can stand in one page: ids get a prefix, sections are also
 * named after the heading `headingId`, and regions after `name`.
 *
 * Only attributes change: in text, quotes are escaped.
 */
export function ownPart(html: string, prefix: string, headingId: string, name: string): string {
  return html
    .replace(
      / (id|for|aria-labelledby|aria-describedby|popovertarget)="([^"]*)"/g,
      (_, attribute: string, ids: string) => {
        const own = ids.split(' ').map((id) => `${prefix}-${id}`);
        return ` ${attribute}="${own.join(' ')}"`;
      },
    )
    .replace(/<section([^>]*) aria-labelledby="/g, `<section$1 aria-labelledby="${headingId} `)
    .replace(
      / role="region" aria-label="([^"]*)"/g,
      (_, label: string) => ` role="region" aria-label="${label}, ${escapeText(name)}"`,
    );
}

/** A script may stand in a page: nothing in it ends the element. */
export function inlineScript(code: string): string {
  return code.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
}
