/** @file How each prepared column comes out of a cell of the table, as a formula that a reader can follow with a pencil. */

import type { JsonObject } from '../../core/index.js';
import { truthText } from '../../data/index.js';
import type { FittedRecipe, NumbersFit } from '../../prepare/index.js';
import { DATE_PARTS } from '../../prepare/index.js';
import type { Feature } from '../columns.js';

/** Like the JSON of the transformers; numbers keep the frame column as `name`, all others as `column`. */
type SavedColumn =
  | ({ readonly type: 'numeric' } & NumbersFit)
  | { readonly type: 'one-hot' | 'two-level'; readonly column: string; readonly levels: readonly (string | null)[] }
  | {
      readonly type: 'date';
      readonly hasIndicator: boolean;
      readonly parts: readonly { readonly part: string; readonly numbers: NumbersFit | null }[];
    }
  | {
      readonly type: 'rank';
      readonly levels: readonly string[];
      readonly ranks: readonly number[];
      readonly numbers: NumbersFit;
    }
  | {
      readonly type: 'target';
      readonly levels: readonly (string | null)[];
      readonly outputs: readonly {
        readonly numbers: NumbersFit;
        readonly values: readonly number[];
        readonly other: number;
      }[];
    };

const MISSING = '1 where missing, else 0';

/** [recipe.width] in the order of `recipe.names`, for recipes of networks; v is the cell, clip(u) = u / sqrt(1 + u^2 / 9). */
export function preparedFormulas(recipe: FittedRecipe, features: readonly Feature[]): string[] {
  const columns = (recipe.toJSON() as { columns: JsonObject[] }).columns as unknown as SavedColumn[];
  const found = columns.flatMap((column) => formulasOf(column, features));
  return found.length > 0 ? found : ['0'];
}

function formulasOf(column: SavedColumn, features: readonly Feature[]): string[] {
  switch (column.type) {
    case 'numeric':
      return numberFormulas(column, words(features.find(({ name }) => name === column.name)));
    case 'date': {
      const parts = column.parts.flatMap(({ part, numbers }) =>
        numbers ? numberFormulas(numbers, `v the ${part}`) : cycleFormulas(part),
      );
      return [...parts, ...(column.hasIndicator ? [MISSING] : [])];
    }
    case 'rank': {
      const known = column.levels.map((level, i) => `${cell(level)} ${column.ranks[i]}`);
      return numberFormulas(column.numbers, `v by the cell: ${known.join('; ')}; anything else is missing`);
    }
    case 'target':
      return column.outputs.flatMap(({ numbers, values, other }) => {
        const known = column.levels.map((level, i) => `${cell(level)} ${exactText(values[i])}`);
        return numberFormulas(numbers, `v by the cell: ${known.join('; ')}; anything else ${exactText(other)}`);
      });
    default:
      return levelFormulas(column.type, column.levels);
  }
}

function numberFormulas({ hasValue, hasIndicator, fill, centre, scale }: NumbersFit, about: string): string[] {
  const shifted = centre === 0 ? 'v' : centre < 0 ? `v + ${exactText(-centre)}` : `v - ${exactText(centre)}`;
  const value = `clip((${shifted}) * ${exactText(scale)}); v = ${exactText(fill)} where missing`;
  return [...(hasValue ? [about === '' ? value : `${value}; ${about}`] : []), ...(hasIndicator ? [MISSING] : [])];
}

function cycleFormulas(name: string): string[] {
  const { length, start } = DATE_PARTS.find((part) => part.name === name)!.cycle!;
  const angle = `2 pi * (v - ${start}) / ${length}`;
  return ['sin', 'cos'].map((wave) => `${wave}(${angle}); v the ${name}; 0 where missing`);
}

function levelFormulas(type: 'one-hot' | 'two-level', levels: readonly (string | null)[]): string[] {
  if (type === 'two-level') {
    const [first, second, ...missing] = levels;
    return [`-1 for ${cell(first)}, 1 for ${cell(second)}, else 0`, ...missing.map(() => MISSING)];
  }
  const own = levels.length === 2 && levels[1] === null ? [null] : levels.length > 1 ? levels : [];
  return own.map((level) => (level === null ? MISSING : `1 for ${cell(level)}, else 0`));
}

/** What 1 and 0 mean in a column of yes and no. */
function words(feature: Feature | undefined): string {
  if (feature?.kind !== 'boolean') return '';
  const text = (value: boolean): string => cell(truthText(feature.schema, value));
  return `v = 1 for ${text(true)}, 0 for ${text(false)}`;
}

/** On one line whatever is in it. */
function cell(text: string | null | undefined): string {
  return text === null || text === undefined ? 'missing' : JSON.stringify(text);
}

/** Enough digits to compute with a float32 again. */
export function exactText(value: number): string {
  return String(Number(value.toPrecision(8)));
}
