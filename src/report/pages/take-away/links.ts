/** @file What a model's page hands out, and how the files are called. */

import type { ModelView } from '../../../automl/index.js';
import { ARTEFACT_EXTENSIONS } from '../../words/artefacts.js';
import type { ModelTable } from '../../words/links.js';
import { links, STUDY_TABLES } from '../../words/links.js';

export interface TakeAwayLink {
  readonly label: string;
  readonly href: string;
}

export interface TakeAway {
  /** The model itself. */
  readonly files: readonly TakeAwayLink[];
  /** What is known of it. */
  readonly tables: readonly TakeAwayLink[];
}

/** Tables of what was explained are handed out when it is. */
export function takeAway({ entry: { model }, held, y }: ModelView, study: string, isExplained: boolean): TakeAway {
  const table = (label: string, name: ModelTable): TakeAwayLink => ({
    label,
    href: links.modelTable(study, model, name),
  });
  return {
    files: [
      { label: 'Model file (safetensors)', href: links.download(study, model) },
      { label: 'ONNX', href: links.download(study, model, 'onnx') },
      { label: 'JavaScript', href: links.download(study, model, 'js') },
      { label: 'Types of the JavaScript', href: links.download(study, model, 'types') },
    ],
    tables: [
      { label: 'Model card (Markdown)', href: links.card(study, model) },
      ...(y.length > 0 ? [table('Out-of-fold predictions (CSV)', 'oof')] : []),
      ...(held ? [table('Hold-out predictions (CSV)', 'holdout')] : []),
      ...(isExplained ? [table('Worst rows (CSV)', 'worst'), table('Importances (CSV)', 'importances')] : []),
    ],
  };
}

/** What a study's page hands out. */
export function studyTables(study: string): TakeAwayLink[] {
  const labels = { leaderboard: 'Leaderboard', trials: 'All trials', folds: 'Scores of the folds' } as const;
  return STUDY_TABLES.map((table) => ({ label: `${labels[table]} (CSV)`, href: links.table(study, table) }));
}

/** Letters, digits, dots and dashes only: the name travels through headers and shells. */
export function artefactName(study: string, model: string): string {
  const safe = (text: string): string => text.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'study';
  return `${safe(study)}-${safe(model)}`;
}

export function modelFileName(study: string, model: string): string {
  return `${artefactName(study, model)}${ARTEFACT_EXTENSIONS.safetensors}`;
}
