/** @file Settings against scores: which mattered, and what the plots of settings share. */

import type { Family } from '../../core/index.js';
import type { SearchPoints, SettingAxis, SettingImportance } from '../../explain/index.js';
import { familyLook } from '../words/families.js';
import { cut, formatPercent, plural, settingName } from '../words/format.js';
import { barsPlot } from './bars.js';
import type { ScoreInfo } from './common.js';
import { tickText } from './common.js';
import type { Figure } from './svg.js';

export interface SettingsInput extends ScoreInfo {
  readonly family: Family;
  readonly search: SearchPoints;
  readonly importance: readonly SettingImportance[];
}

/** Shares of variance by a forest, most important first. */
export function settingImportancePlot({ family, search, importance }: SettingsInput): Figure {
  const { label, colour } = familyLook(family);
  const shown = importance.slice(0, 12);
  return barsPlot({
    id: `importance-${family}`,
    title: `What mattered for ${label}`,
    caption: `Share of the ranks' variance that each setting explains alone, by a random forest over ${trialsOf(search)} (functional ANOVA). The rest is in combinations.`,
    description: shown.map(({ key, share }) => `${settingName(key)} ${formatPercent(share)}`).join('; '),
    table: {
      columns: ['Setting', 'Share'],
      rows: importance.map(({ key, share }) => [settingName(key), formatPercent(share)]),
    },
    letters: 20,
    bars: shown.map(({ key, share }) => ({
      label: settingName(key),
      value: share,
      text: formatPercent(share),
      colour,
    })),
  });
}

/** `36 trials, 21 of them given up early and ranked by the folds they had`. */
export function trialsOf({ trials, givenUp }: SearchPoints): string {
  const some = givenUp > 0 ? `, ${givenUp} of them given up early and ranked by the folds they had` : '';
  return `${plural(trials.length, 'trial')}${some}`;
}

/** Trials that a plot of settings draws: the best, and others evenly. */
const MOST_LINES = 100;

export function drawnTrials({ ranks }: SearchPoints): number[] {
  const order = ranks.map((_, t) => t).sort((a, b) => ranks[a] - ranks[b]);
  if (order.length <= MOST_LINES) return order;
  const step = order.length / MOST_LINES;
  return Array.from({ length: MOST_LINES }, (_, i) => order[Math.floor(i * step)]);
}

/** What stands at both ends of a setting's axis. */
export function axisEnds({ scale, words, low, high }: SettingAxis): { readonly low: string; readonly high: string } {
  if (scale === 'category') return { low: cut(words[0], 7), high: cut(words[words.length - 1], 7) };
  return { low: short(low), high: short(high) };
}

export function short(value: number): string {
  return tickText(Number(value.toPrecision(2)));
}

export function fromUnit({ scale, low, high }: SettingAxis, place: number): number {
  return scale === 'log' ? low * (high / low) ** place : low + place * (high - low);
}
