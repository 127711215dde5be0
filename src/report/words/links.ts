/** @file Addresses of pages: the one place that knows them. */

import type { ArtefactFormat } from './artefacts.js';

export const STUDY_TABLES = ['leaderboard', 'trials', 'folds'] as const;
export type StudyTable = (typeof STUDY_TABLES)[number];
export const MODEL_TABLES = ['oof', 'holdout', 'worst', 'importances'] as const;
export type ModelTable = (typeof MODEL_TABLES)[number];

const study = (name: string): string => `/studies/${encodeURIComponent(name)}`;
const model = (name: string, of: string): string => `${study(name)}/models/${encodeURIComponent(of)}`;

export const links = {
  home: '/',
  newSearch: '/new',
  /** Without names: where the form of the list leads. */
  compare: (names: readonly string[] = []): string =>
    `/compare${names.length === 0 ? '' : `?${names.map((name) => `study=${encodeURIComponent(name)}`).join('&')}`}`,
  study,
  search: (name: string): string => `${study(name)}/search`,
  data: (name: string): string => `${study(name)}/data`,
  tryIt: (name: string, of: string): string => `${model(name, of)}/try`,
  predict: (name: string, of: string): string => `${model(name, of)}/predict`,
  predictFile: (name: string, of: string): string => `${model(name, of)}/predict-file`,
  report: (name: string): string => `${study(name)}/report.html`,
  studyJson: (name: string): string => `${study(name)}.json`,
  events: (name: string, after: number): string => `${study(name)}/events?after=${after}`,
  stop: (name: string): string => `${study(name)}/stop`,
  resume: (name: string): string => `${study(name)}/resume`,
  queueUp: (name: string): string => `${study(name)}/queue/up`,
  queueStart: (name: string): string => `${study(name)}/queue/start`,
  queueDelete: (name: string): string => `${study(name)}/queue/delete`,
  remove: (name: string): string => `${study(name)}/delete`,
  tags: (name: string): string => `${study(name)}/tags`,
  model,
  /** Without a format: the model file. */
  download: (name: string, of: string, format?: ArtefactFormat): string =>
    `${model(name, of)}/download${format === undefined ? '' : `?format=${format}`}`,
  table: (name: string, table: StudyTable): string => `${study(name)}/${table}.csv`,
  modelTable: (name: string, of: string, table: ModelTable): string => `${model(name, of)}/${table}.csv`,
  card: (name: string, of: string): string => `${model(name, of)}/card.md`,
} as const;
