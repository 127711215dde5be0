/** @file A row that was kept beside the one that is asked about: what was changed, and what that did to the prediction. */

import type { StudyView } from '../../../automl/index.js';
import { formatPercent, scoreFormat } from '../../words/format.js';
import type { FirstRow, RawAnswer, TryField } from '../try-page.js';
import { tryAnswer } from '../try-page.js';

/** Fields of the first row are named `h0`, `h1`, ... as those of the form are `f0`, `f1`, ... */
export function firstRowValues(values: Readonly<Record<string, string>>): Record<string, string> | null {
  const isKept = 'keep' in values;
  const own = Object.entries(values).filter(([name]) => (isKept ? /^f\d+$/ : /^h\d+$/).test(name));
  return own.length === 0 ? null : Object.fromEntries(own.map(([name, value]) => [`f${name.slice(1)}`, value]));
}

export function firstRow(
  view: Pick<StudyView, 'schema'>,
  fields: readonly TryField[],
  values: Readonly<Record<string, string>>,
  { first, now }: { readonly first: RawAnswer; readonly now: RawAnswer },
): FirstRow {
  const { headline } = tryAnswer(view, first);
  return {
    headline,
    difference: differenceOf(view, first, now),
    changed: fields
      .filter(({ name, value }) => (values[name] ?? '') !== value)
      .map(({ column, name, value }) => ({ column, from: values[name] || 'missing', to: value || 'missing' })),
    hidden: fields.map(({ name }) => ({ name: `h${name.slice(1)}`, value: values[name] ?? '' })),
  };
}

/** Of the number, or of the probability of the class that is predicted now. */
function differenceOf({ schema }: Pick<StudyView, 'schema'>, first: RawAnswer, now: RawAnswer): string {
  const { classes } = schema.target;
  const best = classes.length === 0 ? 0 : now.prediction.indexOf(Math.max(...now.prediction));
  const difference = now.prediction[best] - first.prediction[best];
  if (difference === 0) return '';
  const sign = difference < 0 ? '−' : '+';
  if (classes.length === 0) return `${sign}${scoreFormat([now.prediction[0]])(Math.abs(difference))}`;
  return `${sign}${formatPercent(Math.abs(difference)).replace(' %', ' points')} for ${classes[best]}`;
}
