/** @file Addresses of pages: the one place that knows them. */

export const links = {
  home: '/',
  newSearch: '/new',
  study: (name: string): string => `/studies/${encodeURIComponent(name)}`,
  studyJson: (name: string): string => `/studies/${encodeURIComponent(name)}.json`,
  events: (name: string, after: number): string => `/studies/${encodeURIComponent(name)}/events?after=${after}`,
  stop: (name: string): string => `/studies/${encodeURIComponent(name)}/stop`,
  model: (name: string, model: string): string =>
    `/studies/${encodeURIComponent(name)}/models/${encodeURIComponent(model)}`,
  download: (name: string, model: string): string => `${links.model(name, model)}/download`,
} as const;
