/** @file The page of a run that has no study on disk yet: its file is still being read. */

import type { RunEvent } from '../../automl/index.js';
import { plural } from '../words/format.js';
import { links } from '../words/links.js';
import { latestPhase, logLines } from '../words/live.js';
import type { LivePart } from './study-page.js';

export interface StartingPage {
  readonly name: string;
  readonly live: LivePart;
  readonly lead: string;
  /** Its place in the queue, from 1; null: it begins. */
  readonly place: number | null;
}

export function startingPage(name: string, events: readonly RunEvent[], place: number | null = null): StartingPage {
  return {
    name,
    place,
    lead:
      place === null
        ? 'The file is being read. The leaderboard appears with the first score.'
        : `It waits for the search that runs${place > 1 ? ` and ${plural(place - 1, 'other')} before it` : ''}, and begins by itself.`,
    live: {
      isRunning: true,
      events: links.events(name, 0),
      stop: links.stop(name),
      canStop: place === null,
      phase: place === null ? latestPhase(events) : `Waiting, place ${place} in the queue`,
      progress: null,
      machines: null,
      log: logLines(events.map((event, i) => ({ id: i, event }))),
    },
  };
}
