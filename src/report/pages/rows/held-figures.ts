/** @file The diagnostic figures of a model on the rows held out. */

import type { ModelView } from '../../../automl/index.js';
import { OUT_OF_FOLD } from '../../plots/common.js';
import type { Figure } from '../../plots/svg.js';

const HELD_OUT = 'rows that no fit and no choice has seen';

/** The same model judged on the rows held out; null where it was not. */
export function heldView(view: ModelView): ModelView | null {
  const { held } = view;
  if (!held || held.y.length === 0) return null;
  const { rows, y, predictions, weights = null } = held;
  return { ...view, rows, y, predictions, weights, held: null };
}

/** A figure of such rows under an id of its own, which says so. */
export function asHeld(figure: Figure): Figure {
  const own = (svg: string): string =>
    svg
      .replaceAll(`${figure.id}-wide-`, `held-${figure.id}-wide-`)
      .replaceAll(`${figure.id}-narrow-`, `held-${figure.id}-narrow-`);
  const title = `${figure.title}, held-out rows`;
  return {
    ...figure,
    id: `held-${figure.id}`,
    title,
    caption: figure.caption
      .replaceAll(OUT_OF_FOLD, HELD_OUT)
      .replaceAll(OUT_OF_FOLD.replace('each row ', ''), 'held out: no fit and no choice has seen it'),
    wide: own(figure.wide),
    narrow: own(figure.narrow),
  };
}
