/** @file The page of a run that has no study on disk yet: its file is still being read. */

import type { RunEvent } from '../automl/index.js';
import { links } from './links.js';
import { latestPhase, logLines } from './live.js';
import type { LivePart } from './study-page.js';

export interface StartingPage {
  readonly name: string;
  readonly live: LivePart;
}

export function startingPage(name: string, events: readonly RunEvent[]): StartingPage {
  return {
    name,
    live: {
      isRunning: true,
      events: links.events(name, 0),
      stop: links.stop(name),
      canStop: true,
      phase: latestPhase(events),
      progress: null,
      machines: null,
      log: logLines(events.map((event, i) => ({ id: i, event }))),
    },
  };
}
