/** @file Addresses of pages: the one place that knows them. */

const study = (name: string): string => `/studies/${encodeURIComponent(name)}`;
const model = (name: string, of: string): string => `${study(name)}/models/${encodeURIComponent(of)}`;

export const links = {
  home: '/',
  newSearch: '/new',
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
  model,
  download: (name: string, of: string): string => `${model(name, of)}/download`,
} as const;
