/** @file What stands around the numbers of a column: a currency, `%`, a unit; brackets and minuses of accountants. */

/** The unit must stand in this share of the cells that are numbers; the others are numbers without one. */
const UNIT_SHARE = 0.8;
/** So many distinct texts are looked at before a column of words is given up. */
const LOOK = 500;
/** No number with a unit is longer. */
const MAX_LENGTH = 40;

/** Codes of ISO 4217 in common use, and signs of currencies that are letters. */
const CURRENCIES = new Set(
  'usd eur gbp jpy chf cad aud nzd cny inr brl mxn sek nok dkk pln czk huf ron bgn try rub uah ils zar krw sgd hkd twd thb idr myr php vnd aed sar egp ngn kes ars clp cop pen pkr bdt lkr isk gel kzt btc eth us$ r$ a$ c$ hk$ nz$ s$ nt$ rs rs. kr kr. fr. zł kč ft lei лв руб руб. р. ¥ 円 元'.split(
    ' ',
  ),
);
const BODY = /^([^\d]*?)((?:[.,](?=\d))?\d(?:[\d.,'\u2019 \u00a0\u202f]*\d)?[.,]?(?:e[+-]?\d+)?)(\D.*)?$/isu;

export interface Wrapping {
  readonly units: readonly string[];
  /** Brackets, a minus behind, U+2212, or Excel's `="5"` occur. */
  readonly signs: true | undefined;
  /** The numbers without all that, each with its cells. */
  readonly bare: ReadonlyMap<string, number>;
}

/** What stands around most numbers of a column; undefined where nothing that says "number" does. */
export function wrappingOf(counts: ReadonlyMap<string, number>): Wrapping | undefined {
  if (!looksWrapped(counts)) return undefined;
  const cells = new Map<string, number>();
  const variants = new Map<string, Set<string>>();
  const bare = new Map<string, number>();
  let total = 0;
  let signs: true | undefined;
  for (const [text, count] of counts) {
    const parts = partsOf(text);
    if (parts === undefined) continue;
    total += count;
    if (parts.isSigned) signs = true;
    bare.set(parts.body, (bare.get(parts.body) ?? 0) + count);
    for (const unit of parts.units) {
      const key = unitKey(unit);
      cells.set(key, (cells.get(key) ?? 0) + count);
      variants.set(key, (variants.get(key) ?? new Set()).add(unit));
    }
  }
  const units = [...cells].flatMap(([key, own]) => (own >= UNIT_SHARE * total ? [...variants.get(key)!] : []));
  if (units.length === 0 && signs === undefined) return undefined;
  // Longest first, so that none is cut short by another.
  return { units: units.sort((a, b) => b.length - a.length || (a < b ? -1 : 1)), signs, bare };
}

/** Singular and plural, upper and lower case are one unit. */
function unitKey(unit: string): string {
  const lower = unit.toLowerCase();
  return lower.length > 3 ? lower.replace(/s$/, '') : lower;
}

function looksWrapped(counts: ReadonlyMap<string, number>): boolean {
  let looked = 0;
  let found = 0;
  for (const text of counts.keys()) {
    if (looked === LOOK) break;
    looked++;
    if (partsOf(text) !== undefined) found++;
  }
  return found > looked / 2;
}

interface Parts {
  readonly units: readonly string[];
  readonly isSigned: boolean;
  readonly body: string;
}

/** A number and what stands around it; undefined where that says no unit, or where the number is padded with zeros as codes are. */
function partsOf(text: string): Parts | undefined {
  const match = text.length > MAX_LENGTH ? null : BODY.exec(text);
  if (match === null || /^0\d/.test(match[2])) return undefined;
  const signed = /[(\u2212]|^="|[-\u2212]\)?\s*$/u;
  const isSigned = signed.test(text);
  const front = match[1].replace(/^="/, '').replace(/[(+\-\u2212\s]/gu, '');
  const behind = (match[3] ?? '').trim();
  const back = behind
    .replace(match[1].startsWith('="') ? /"$/ : /^$/, '')
    .replace(/[)\s\-\u2212]+$|^[)\s\u2212]+/gu, '');
  if (front !== '' && !isCurrency(front)) return undefined;
  if (back !== '' && !isUnit(back)) return undefined;
  return { units: [front, back].filter((unit) => unit !== ''), isSigned, body: match[2] };
}

function isCurrency(text: string): boolean {
  return /^\p{Sc}$/u.test(text) || CURRENCIES.has(text.toLowerCase());
}

/** A few letters, perhaps with a power or a ratio, as `km/h`, `m2`, `sq ft`, `°C`; or one of the signs that stand behind numbers. */
function isUnit(text: string): boolean {
  return isCurrency(text) || /^(?:[%‰°"'\u2032\u2033+]|[\p{L}°%][\p{L}°%²³]*(?:[ /·.^-][\p{L}²³]+)*[23.]?)$/u.test(text)
    ? text.length <= 12
    : false;
}
