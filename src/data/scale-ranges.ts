/** @file Ranges and limits of numbers as levels: `<10`, `10–20`, `$1,000 - $2,000`, `1 to 3 years`, `5+`, `[0, 10)`, `none`. */

/** Where a level lies; equal ends are one number, infinite ones a limit. */
export interface Span {
  readonly low: number;
  readonly high: number;
  /** What is counted, in lower case; '' where nothing is said. */
  readonly unit: string;
}

/** No range is longer. */
const LONGEST = 60;
const NUMBER = /\d+(?:[.,' ]\d{3}(?!\d))*(?:[.,]\d+)?(?:\s?[km](?!\p{L}))?/gu;
const UNIT = '(?: ?[\\p{L}%\u00b0$\u20ac\u00a3\u00a5]{1,15}\\.?(?: \\p{L}{1,12})?)?';
const CURRENCY = /[$\u20ac\u00a3\u00a5]/gu;

/** In lower case, without accents; in English, German, French, Spanish, Italian and Portuguese. */
const BELOW =
  '<=|<|\u2264|lt|le|under|below|less than|up to|at most|fewer than|unter|bis zu|bis|weniger als|hochstens|moins de|jusqu.?a|inferieure? a|au plus|menos de|hasta|inferior a|meno di|fino a|sotto|ate|abaixo de';
const ABOVE =
  '>=|>|\u2265|gt|ge|over|above|more than|at least|greater than|uber|ab|mehr als|mindestens|plus de|au moins|superieure? a|mas de|al menos|superior a|desde|a partir de|piu di|oltre|almeno|mais de|acima de|pelo menos';
const BELOW_AFTER =
  '(?:or|and) (?:less|under|below|fewer|younger)|(?:oder|und) (?:weniger|junger)|(?:ou|et) moins|[oy] menos|[oe] meno|(?:ou|e) menos';
const ABOVE_AFTER =
  '\\+|(?:or|and) (?:more|over|above|older|up)|plus|more|(?:oder|und) (?:mehr|alter|daruber)|mehr|(?:ou|et) plus|[oy] mas|[oe] piu|e oltre|(?:ou|e) mais';
const BETWEEN = ' ?- ?| to | bis | a | al | through | and | und | et | y | e | \\.{2,3} |\\.{2,3}| ?< ?=? ?x ?< ?=? ?';
const OPENING = '(?:(?:between|from|von|zwischen|entre|de|da|tra|fra) )?';

const SHAPES: readonly (readonly [RegExp, (numbers: readonly number[]) => readonly [number, number]])[] = [
  [shape(`(?:${BELOW}) ?#${UNIT}`), ([x]) => [-Infinity, x]],
  [shape(`(?:${ABOVE}) ?#${UNIT}`), ([x]) => [x, Infinity]],
  [shape(`#${UNIT} ?(?:${BELOW_AFTER})`), ([x]) => [-Infinity, x]],
  [shape(`#${UNIT} ?(?:${ABOVE_AFTER})${UNIT}`), ([x]) => [x, Infinity]],
  [shape(`${OPENING}#${UNIT}(?:${BETWEEN})#${UNIT}`), ([low, high]) => [low, high]],
  [shape(`#${UNIT}`), ([x]) => [x, x]],
];
const NOTHING = new Set(
  'none no zero nil keine kein keiner aucun aucune ninguno ninguna nessuno nessuna nenhum nenhuma'.split(' '),
);
const BEYOND = new Set('more mehr mas piu mais'.split(' '));
/** Everything in a shape that says no unit. */
const CONNECTORS = new RegExp(
  `^(?:${BELOW}|${ABOVE})|#|(?:${ABOVE_AFTER}|${BELOW_AFTER})|(?<=#[^#]*)(?:${BETWEEN})(?=[^#]*#)|^${OPENING}`,
  'gu',
);

function shape(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`, 'u');
}

/** Where the text lies; undefined for texts that are no numbers, ranges or limits. */
export function spanOf(text: string): Span | undefined {
  if (text.length > LONGEST) return undefined;
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[\u2010-\u2015\u2212]/gu, '-')
    .replace(/\s+/gu, ' ')
    .trim();
  if (NOTHING.has(plain)) return { low: 0, high: 0, unit: '' };
  if (BEYOND.has(plain)) return { low: Infinity, high: Infinity, unit: '' };
  const bracketed = bracketsOf(plain);
  if (bracketed !== undefined) return bracketed;
  const numbers: number[] = [];
  const money = CURRENCY.exec(plain)?.[0] ?? '';
  CURRENCY.lastIndex = 0;
  const form = plain
    .replace(CURRENCY, '')
    .trim()
    .replace(NUMBER, (number) => (numbers.push(valueOf(number)), '#'))
    .replace(/^-(?=#)/, () => ((numbers[0] = -numbers[0]), ''));
  for (const [pattern, ends] of SHAPES) {
    if (!pattern.test(form)) continue;
    const [low, high] = ends(numbers);
    return low <= high ? { low, high, unit: money || unitIn(form) } : undefined;
  }
  return undefined;
}

/** `[0, 10)`, as programs cut numbers into parts. */
function bracketsOf(text: string): Span | undefined {
  const [, from, to] = /^[([] ?(-?[\d.]+|-inf(?:inity)?)[,;] ?(-?[\d.]+|\+?inf(?:inity)?) ?[)\]]$/.exec(text) ?? [];
  if (from === undefined) return undefined;
  const low = from.startsWith('-inf') ? -Infinity : Number(from);
  const high = to.includes('inf') ? Infinity : Number(to);
  return low <= high ? { low, high, unit: '' } : undefined;
}

/** A point or comma before three digits parts thousands, otherwise, and after a lone zero, it is that of a fraction. */
function valueOf(text: string): number {
  const [, digits, power = ''] = /^([\d.,' ]*\d)\s?([km]?)$/u.exec(text)!;
  const isGrouped = /^[1-9]\d{0,2}(?:[.,' ]\d{3})+$/.test(digits);
  const value = Number(isGrouped ? digits.replace(/[.,' ]/g, '') : digits.replace(/['\s]/g, '').replace(',', '.'));
  return value * (power === 'k' ? 1e3 : power === 'm' ? 1e6 : 1);
}

function unitIn(form: string): string {
  const words = form.replace(CONNECTORS, ' ').match(/[\p{L}%\u00b0]+/gu) ?? [];
  return words[0] ?? '';
}

/** Whether two words may be singular and plural of one: `year` and `years`, `an` and `ans`, `Jahr` and `Jahre`. */
export function isSameUnit(a: string, b: string): boolean {
  if (a === '' || b === '' || a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return (
    long.length - short.length <= 2 &&
    (long.startsWith(short) || (short.length > 3 && long.startsWith(short.slice(0, -1))))
  );
}

/** The place of each span, one for equal spans; undefined where two overlap or count different things. */
export function placesOfSpans(spans: readonly Span[]): readonly number[] | undefined {
  const places = new Array<number>(spans.length);
  const sorted = spans.map((span, i) => ({ ...span, i })).sort((a, b) => a.low - b.low || a.high - b.high);
  let [place, counted] = [0, ''];
  for (let n = 0; n < sorted.length; n++) {
    const { low, high, unit, i } = sorted[n];
    const before = sorted[Math.max(0, n - 1)];
    const isSame = low === before.low && high === before.high;
    if (!isSameUnit(unit, counted) || (!isSame && low < before.high)) return undefined;
    if (!isSame) place++;
    if (unit !== '') counted = unit;
    places[i] = place;
  }
  return places;
}
