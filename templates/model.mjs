const MODEL = decodeArrays(JSON.parse('MODEL'));
const FEATURES = MODEL.features.map((column) => MODEL.schema.columns[column]);

/** What the model was trained on: columns, target, classes, texts that count as missing. */
export const schema = MODEL.schema;

/** What the model is: name, task, metric, format version, who wrote it. */
export const about = MODEL.about;

/**
 * One prediction per row, in order: `{ prediction }` for numbers, `{ prediction, probabilities }` for classes.
 *
 * Columns are found by name. Missing columns, empty cells and texts that are no number where one is due count as missing,
 * categories that training has not seen as "other"; columns that the model does not know are left out.
 *
 * With `interval`, such as 0.9, each says where the truth lies with that probability: `lower` and `upper`, or the `set` of classes.
 */
export function predict(rows, { interval } = {}) {
  if (!Array.isArray(rows)) throw new TypeError('predict: rows must be an array of objects.');
  rows.forEach(requireColumns);
  const sure = interval === undefined ? () => ({}) : sureness(interval);
  return outcomesOf(rows).map((numbers) => {
    if (MODEL.schema.target.quantiles) return ofLevels(MODEL.schema.target.quantiles, numbers);
    if (MODEL.about.task === 'regression') return { prediction: numbers[0], ...sure(numbers) };
    const { classes } = MODEL.schema.target;
    const probabilities = Object.fromEntries(classes.map((name, j) => [name, numbers[j]]));
    return { prediction: classes[decided(numbers)], probabilities, ...sure(numbers) };
  });
}

/** Every quantile by its level; the one nearest to the median is the prediction. */
function ofLevels(levels, numbers) {
  const off = levels.map((level) => Math.abs(level - 0.5));
  const prediction = numbers[off.indexOf(Math.min(...off))];
  return { prediction, quantiles: Object.fromEntries(levels.map((level, j) => [level, numbers[j]])) };
}

/** What is said of how sure a prediction is at a level. */
function sureness(level) {
  const { uncertainty } = MODEL;
  if (typeof level !== 'number' || !(level >= 0.5 && level <= 0.999)) {
    throw new TypeError('interval: must be a level from 0.5 to 0.999.');
  }
  if (uncertainty === null) throw new TypeError('interval: the model must say how sure it is.');
  const { units, steps, spread, low, high } = uncertainty;
  const score = steps.scores[steps.levels.findIndex((own) => own >= level - 1e-9)];
  if (score === undefined) throw new TypeError(`interval: must be lower for a model that was judged on ${units} rows.`);
  if (uncertainty.kind === 'interval') {
    return ([number]) => {
      const reach = score * (spread === null ? 1 : interpolated(spread, number));
      const lower = Math.min(Math.max(number - reach, low ?? -Infinity), number);
      const upper = Math.max(Math.min(number + reach, high ?? Infinity), number);
      return { lower: Math.fround(lower), upper: Math.fround(upper) };
    };
  }
  const { classes } = MODEL.schema.target;
  return (numbers) => {
    const answer = decided(numbers);
    const places = classes.map((_, c) => c).filter((c) => numbers[c] >= 1 - score || c === answer);
    return { set: places.sort((a, b) => numbers[b] - numbers[a] || a - b).map((c) => classes[c]) };
  };
}

/** The first class of the least expected cost; else the second of two where it is above the threshold; else the first of the most probable. */
function decided(probabilities) {
  const { costs } = MODEL;
  if (costs !== null) {
    const expected = costs.map((_, called) => probabilities.reduce((sum, p, c) => sum + p * costs[c][called], 0));
    return expected.indexOf(Math.min(...expected));
  }
  if (MODEL.threshold !== null) return probabilities[1] > MODEL.threshold ? 1 : 0;
  return probabilities.indexOf(Math.max(...probabilities));
}

/** Predicts the rows that the file carries and compares them with what they must give. */
export function selfTest() {
  const { rows, expected, relative, absolute, sure } = MODEL.selfTest;
  let worst = 0;
  let difference = 0;
  const outcomes = outcomesOf(rows);
  outcomes.forEach((numbers, i) =>
    numbers.forEach((value, j) => {
      const distance = Math.abs(value - expected[i][j]);
      const share = distance / (absolute + relative * Math.abs(expected[i][j]));
      if (!(share <= worst)) worst = share;
      if (!(distance <= difference)) difference = distance;
    }),
  );
  return { ok: worst <= 1 && (sure === undefined || isSure(sure, outcomes)), rows: rows.length, difference };
}

/** Whether intervals or sets are those that the file was written with. */
function isSure({ level, answers }, outcomes) {
  const { relative, absolute } = MODEL.selfTest;
  const at = sureness(level);
  const { classes } = MODEL.schema.target;
  return answers.every((answer, i) => {
    if (answer === null) return true;
    const { lower, upper, set } = at(outcomes[i]);
    if (set)
      return (
        answer.map((place) => classes[place]).join('\n') === classes.filter((name) => set.includes(name)).join('\n')
      );
    return [lower, upper].every(
      (end, j) => Math.abs(end - answer[j]) <= 20 * (absolute + relative * Math.abs(answer[j])),
    );
  });
}

/**
 * What in the rows training has not seen, as counts of cells per column. Nothing in it stops a prediction.
 *
 * `unseenCategories` count as "other", `unparsable` cells as missing; numbers that are `outOfRange` are predicted as they are.
 */
export function check(rows) {
  if (!Array.isArray(rows)) throw new TypeError('check: rows must be an array of objects.');
  rows.forEach(requireColumns);
  const found = { unseenCategories: new Map(), unparsable: new Map(), outOfRange: new Map() };
  for (const column of FEATURES) {
    const cells = cellsOf(rows, column);
    const [values] = readColumns(column, cells);
    cells.forEach((cell, i) => {
      const counts = cell === null ? undefined : found[oddity(column, values[i])];
      counts?.set(column.name, (counts.get(column.name) ?? 0) + 1);
    });
  }
  return Object.fromEntries(Object.entries(found).map(([key, counts]) => [key, Object.fromEntries(counts)]));
}

/**
 * What each column adds to what the model says of a row: exact Shapley values from the mean over background rows; null where the
 * model is no sum of trees. `base` plus all of them is `end`: the prediction, or for `log-odds` scores of classes.
 */
export function contributions(row, background) {
  if (MODEL.exact === null) return null;
  if (!Array.isArray(background) || background.length === 0) {
    throw new TypeError('contributions: background must be an array of one row or more.');
  }
  const rows = [row, ...background];
  rows.forEach(requireColumns);
  const k = classCount();
  const sums = { base: new Float64Array(k), end: new Float64Array(k), shares: new Float64Array(k * FEATURES.length) };
  const prepared = preparedOf(rows);
  for (const model of MODEL.models) addShares(model, prepared[model.recipe], sums, k);
  const offset = MODEL.combine?.method === 'sum' ? MODEL.combine.offset : 0;
  const columns = FEATURES.map(({ name }, f) => ({ column: name, values: [...sums.shares.slice(f * k, (f + 1) * k)] }));
  // Of counts that are learned per unit, for as many units as the row has.
  const [units] = exposureOf([row]);
  for (const { values } of columns) values.forEach((value, j) => (values[j] = value * units));
  const shifted = (numbers) => Array.from(numbers, (number) => (number + offset) * units);
  return { unit: MODEL.exact.unit, base: shifted(sums.base), end: shifted(sums.end), columns };
}

/** What is odd about a cell that is there: a key of what `check` returns. */
function oddity({ kind, levels = [], range: [low, high] = [-Infinity, Infinity] }, value) {
  if (kind === 'text') return 'nothing';
  if (kind === 'ordinal') return value > levels.length ? 'unparsable' : 'nothing';
  if (kind === 'categorical' || kind === 'high-cardinality')
    return value > levels.length ? 'unseenCategories' : 'nothing';
  if (Number.isNaN(value)) return 'unparsable';
  return value < low || value > high ? 'outOfRange' : 'nothing';
}

/** The cells of a column; texts that stand for a missing cell there become null. */
function cellsOf(rows, { name, gaps = [] }) {
  return rows.map((row) => {
    const cell = clean(Object.hasOwn(row, name) ? row[name] : null);
    return gaps.includes(cell) ? null : cell;
  });
}

function requireColumns(row, i) {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new TypeError(`rows: row ${i} must be an object of column names and cells.`);
  }
}

/** Numbers of a prediction. */
function classCount() {
  const { quantiles, classes } = MODEL.schema.target;
  return quantiles ? quantiles.length : MODEL.about.task === 'regression' ? 1 : classes.length;
}

/** The rows as each recipe prepares them. */
function preparedOf(rows) {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  if (rows.length > 0 && !FEATURES.some(({ name }) => names.has(name))) {
    const wanted = FEATURES.slice(0, 4).map(({ name }) => name);
    throw new TypeError(`predict: rows must have some of the model's columns (${wanted.join(', ')}).`);
  }
  const columns = FEATURES.map((column) => readColumns(column, cellsOf(rows, column)));
  const scores = MODEL.texts.map((text) => textScores(text, columns[text.feature][text.column]));
  const sources = MODEL.sources.map(({ feature, place, part, text }) => {
    if (text !== undefined) return scores[text][place];
    const values = columns[feature][place];
    return part === null ? values : values.map(DATE_PARTS[part]);
  });
  return MODEL.recipes.map((recipe) => prepare(recipe, sources, columns, rows.length));
}

/** What the models predict together: the value, or the probability of each class; an array per row. */
function outcomesOf(rows) {
  const prepared = preparedOf(rows);
  const k = classCount();
  const weighted = (models) => {
    const sums = new Float64Array(rows.length * k);
    for (const model of models) {
      const outcome = predictModel(model, prepared[model.recipe], rows.length, k);
      for (let i = 0; i < sums.length; i++) sums[i] += model.weight * outcome[i];
    }
    return sums;
  };
  const numbers = combined(weighted, k);
  const units = exposureOf(rows);
  return rows.map((_, i) =>
    calibrated(Array.from(numbers.subarray(i * k, (i + 1) * k), Math.fround)).map((number) =>
      Math.fround(number * units[i]),
    ),
  );
}

/** What counts are predicted for, row by row. */
function exposureOf(rows) {
  if (MODEL.exposure === null) return new Float64Array(rows.length).fill(1);
  const column = MODEL.schema.columns[MODEL.exposure];
  const [units] = readColumns({ ...column, kind: 'numeric' }, cellsOf(rows, column));
  const bad = units.findIndex((number) => !(number > 0));
  if (bad >= 0)
    throw new TypeError(`exposure: row ${bad} must have a number above 0 in ${JSON.stringify(column.name)}.`);
  return units;
}

/** The weighted mean of the models; of a stack their sum and an offset, or the softmax of the members' logarithms. */
function combined(weighted, k) {
  const { combine, models } = MODEL;
  if (combine === null) return weighted(models);
  if (combine.method === 'sum') return weighted(models).map((sum) => combine.offset + sum);
  let next = 0;
  let logits = null;
  for (const member of combine.members) {
    const means = weighted(models.slice(next, (next += member.models)));
    logits ??= new Float64Array(means.length);
    means.forEach((p, i) => (logits[i] += member.weight * Math.log(Math.max(p, combine.floor))));
  }
  for (let i = 0; i < logits.length; i += k) softmax(logits.slice(i, i + k), logits, i);
  return logits;
}

function calibrated(numbers) {
  const { calibration } = MODEL;
  if (calibration === null) return numbers;
  if (calibration.method === 'line') {
    const p = interpolated(calibration, numbers[1]);
    return [1 - p, p];
  }
  const raised = numbers.map((p) => Math.max(p, calibration.floor) ** calibration.power);
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((p) => p / sum);
}

/** The height of a line at x; beyond its ends that of the end. */
function interpolated({ x: xs, y: ys }, x) {
  const i = xs.findLastIndex((start) => start <= x);
  if (i < 0 || i === xs.length - 1) return ys[Math.max(i, 0)];
  return ys[i] + ((ys[i + 1] - ys[i]) * (x - xs[i])) / (xs[i + 1] - xs[i]);
}

// ---- Cells ----

const MISSING = new Set(MODEL.missing);

/** Text without the differences that nobody sees; missing ones, undefined, NaN and invalid dates become null. */
function clean(cell) {
  if (typeof cell === 'string') {
    const text = tidy(cell);
    return MISSING.has(text) ? null : text;
  }
  if (cell === undefined || Number.isNaN(cell)) return null;
  return cell instanceof Date && Number.isNaN(cell.getTime()) ? null : cell;
}

/** Composed letters, no blanks or signs without width at the ends, and no firm blanks but between digits. */
function tidy(text) {
  const edge = /[\s\u00ad\u200b-\u200f\u2060\ufeff]/;
  let [from, to] = [0, text.length];
  while (from < to && edge.test(text[from])) from++;
  while (to > from && edge.test(text[to - 1])) to--;
  return text
    .slice(from, to)
    .replace(/(?<!\d)[\u00a0\u202f]|[\u00a0\u202f](?!\d)/g, ' ')
    .replace(/(\p{M}{32})\p{M}+/gu, '$1')
    .normalize('NFC');
}

/** The columns of numbers, or the one column of codes, that a column of cells becomes. */
function readColumns(column, cells) {
  const numbers = (read) => [Float64Array.from(cells, (cell) => finite(cell === null ? NaN : read(cell)))];
  switch (column.kind) {
    case 'categorical':
    case 'high-cardinality':
    case 'ordinal':
      return [codesOf(column.levels ?? [], cells)];
    case 'text':
      if (column.mostWords === undefined) return textStatistics(column.words ?? [], cells);
      return [...textStatistics([], cells), cells.map((cell) => termsOf(textOf(cell), column.mostWords))];
    case 'date':
      return numbers((cell) => timeOf(cell, column.dateFormat ?? 'YYYY-MM-DD'));
    case 'boolean':
      return numbers(truthReader(column));
    default:
      return numbers((cell) => (typeof cell === 'string' ? parseNumber(cell, column) : plainNumber(cell)));
  }
}

function finite(number) {
  return Number.isFinite(number) ? number : NaN;
}

function textOf(cell) {
  if (cell === null || typeof cell === 'string') return cell;
  if (cell instanceof Date) return cell.toISOString();
  // The last digits of such a number are lost: it must not be taken for the level that it was rounded to.
  if (Number.isInteger(cell) && !Number.isSafeInteger(cell)) return cell.toExponential();
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** The place of each level; after the last one comes "missing", then "other". */
function codesOf(levels, cells) {
  const codes = new Map(levels.map((level, code) => [tidy(level), code]));
  levels.forEach((level, code) => codes.set(level, code));
  return Int32Array.from(cells, (cell) => {
    const text = textOf(cell);
    return text === null ? levels.length : (codes.get(text) ?? levels.length + 1);
  });
}

function plainNumber(cell) {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return typeof cell === 'bigint' ? Number(cell) : NaN;
}

/** A number as the column writes them: decimal comma, thousands, units and signs around it, or a time in seconds. */
function parseNumber(text, { decimal = '.', thousands, units = [], signs, clock }) {
  if (clock) return secondsIn(text);
  const bare = units.length > 0 || signs ? unwrapped(text, units, signs) : text;
  if (decimal === '.' && thousands === undefined) return parsePlain(bare);
  if (thousands !== undefined) {
    const group = { ',': ',', '.': '\\.', ' ': '[ \u00a0\u202f]', "'": "['\u2019]" }[thousands];
    const lakhs = thousands === ',' ? '|[1-9]\\d?(?:,\\d{2})+,\\d{3}' : '';
    if (new RegExp(`^[+-]?(?:[1-9]\\d{0,2}(?:${group}\\d{3})+${lakhs})(?:[${decimal}]\\d*)?$`).test(bare)) {
      return Number(bare.replace(new RegExp(group, 'g'), '').replace(',', '.'));
    }
  }
  if (decimal === ',' && /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i.test(bare)) return Number(bare.replace(',', '.'));
  return thousands === '.' && bare.includes('.') ? NaN : parsePlain(bare);
}

/** The digits without what stands around them, a minus in front where they are negative. */
function unwrapped(text, units, signs) {
  let rest = text;
  let minus = 0;
  let [front, back] = [false, false];
  const isUnit = (end) => (unit) => end(unit.length).toLowerCase() === unit.toLowerCase();
  for (let before = ''; before !== rest;) {
    before = rest;
    if (signs) {
      if (/^="[^"]*"$/.test(rest)) rest = rest.slice(2, -1).trim();
      else if (/^\(.*\)$/.test(rest)) [rest, minus] = [rest.slice(1, -1).trim(), minus + 1];
      else if (rest.startsWith('\u2212')) [rest, minus] = [rest.slice(1).trim(), minus + 1];
      else if (/[-\u2212]$/.test(rest)) [rest, minus] = [rest.slice(0, -1).trim(), minus + 1];
    }
    if (/^[+-]\s*[^\d\s.,]/.test(rest)) [rest, minus] = [rest.slice(1).trim(), minus + (rest[0] === '-' ? 1 : 0)];
    for (const unit of units) {
      if (!front && isUnit((n) => rest.slice(0, n))(unit)) {
        [rest, front] = [rest.slice(unit.length).trim(), true];
        break;
      }
      if (!back && rest.length > unit.length && isUnit((n) => rest.slice(-n))(unit)) {
        [rest, back] = [rest.slice(0, -unit.length).trim(), true];
        break;
      }
    }
  }
  if (minus === 0) return rest;
  return minus > 1 || /^[+-]/.test(rest) ? '' : `-${rest}`;
}

const CLOCK =
  /^([+-])?(?:(\d{1,6}) days?,?\s+)?(\d{1,4}):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?(?:\s*([ap])\.?\s?m\.?)?$/i;
const SPELT =
  /^(?:(\d{1,6})\s*d(?:ays?)?)?\s*(?:(\d{1,6})\s*h(?:ours?|rs?)?)?\s*(?:(\d{1,6})\s*m(?:in(?:ute)?s?)?)?\s*(?:(\d{1,6})\s*s(?:ec(?:ond)?s?)?)?$/i;
const PERIOD = /^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,9})?)S)?)?$/i;

/** Seconds of a time of day or a duration. */
function secondsIn(text) {
  const match = CLOCK.exec(text);
  if (match !== null) {
    const [, sign, days = 0, hours, minutes, seconds = 0, fraction = 0, half] = match;
    if (half !== undefined && (hours < 1 || hours > 12)) return NaN;
    const h = half === undefined ? Number(hours) : (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
    const whole = ((Number(days) * 24 + h) * 60 + Number(minutes)) * 60 + Number(seconds);
    return (sign === '-' ? -1 : 1) * (whole + Number(`0.${fraction}`));
  }
  if (!/^p?t?\d/i.test(text) || /\d$/.test(text)) return NaN;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = SPELT.exec(text) ?? PERIOD.exec(text) ?? [null, NaN];
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}

/** Decimal numbers only: no 0x10, no empty text. */
function parsePlain(text) {
  return /^\s*$|^0[xob]/i.test(text) ? NaN : Number(text);
}

/** 1 for true words, 0 for false words, NaN for anything else. */
function truthReader({ trueWords = [], falseWords = [] }) {
  const values = new Map([...falseWords.map((word) => [word, 0]), ...trueWords.map((word) => [word, 1])]);
  return (cell) => (typeof cell === 'boolean' ? Number(cell) : (values.get(textOf(cell).toLowerCase()) ?? NaN));
}

/** Length, words, shares of digits and of upper-case letters, then 0 or 1 for each known word. */
function textStatistics(words, cells) {
  const columns = Array.from({ length: 4 + words.length }, () => new Float64Array(cells.length).fill(NaN));
  cells.forEach((cell, i) => {
    const text = textOf(cell);
    if (text === null) return;
    const found = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    const visible = text.match(/\S/gu)?.length ?? 0;
    const share = (pattern) => (visible === 0 ? 0 : (text.match(pattern)?.length ?? 0) / visible);
    const numbers = [[...text].length, found.length, share(/\p{Nd}/gu), share(/\p{Lu}/gu)];
    numbers.push(...words.map((word) => Number(found.includes(word))));
    numbers.forEach((number, j) => (columns[j][i] = number));
  });
  return columns;
}

const UNSPACED =
  '\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}';
const TOKEN = new RegExp(
  `(?=[\\p{L}\\p{N}])[${UNSPACED}]\\p{M}*|(?![${UNSPACED}])[\\p{L}\\p{N}](?:(?![${UNSPACED}])[\\p{L}\\p{N}\\p{M}])*|\\p{So}`,
  'gu',
);
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');

/** The terms of a text (words, neighbours, three characters of scripts without blanks) as numbers, and how often each is there, ascending. */
function termsOf(text, mostWords) {
  if (text === null) return null;
  const seen = text.slice(0, 8 * mostWords);
  const folded = /^[\0-\x7f]*$/.test(seen)
    ? seen.toLowerCase()
    : seen
        .normalize('NFKC')
        .replace(/[\u00ad\u200c\u200d\u2060]/g, '')
        .toUpperCase()
        .toLowerCase()
        .normalize('NFKC');
  const counts = new Map();
  const add = (term) => counts.set(term, (counts.get(term) ?? 0) + 1);
  let [first, second, run] = [0, 0, 0];
  (folded.match(TOKEN) ?? []).slice(0, mostWords).forEach((token, i) => {
    const own = hashOf(token);
    run = IS_UNSPACED.test(token) ? run + 1 : 0;
    add(own);
    if (i > 0) add(sideBySide(second, own));
    if (run >= 3) add(sideBySide(sideBySide(first, second), own));
    [first, second] = [second, own];
  });
  return [...counts].sort(([a], [b]) => a - b);
}

/** FNV-1a over the code units, its bits mixed. */
function hashOf(token) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

function sideBySide(first, second) {
  return mixed((Math.imul(first, 31) + second + 0x9e3779b9) | 0);
}

function mixed(hash) {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** What the terms of each text say: TF-IDF of length 1 times each column of weights; an array per column, 0 for a missing text. */
function textScores({ terms, idf, linear, shifts, directions, topics }, texts) {
  const slots = new Map(Array.from(terms, (term, slot) => [term, slot]));
  const columns = Array.from({ length: shifts.length + topics }, () => new Float64Array(texts.length));
  texts.forEach((text, i) => {
    if (text === null) return;
    const known = text.filter(([term]) => slots.has(term));
    const values = known.map(([term, count]) => (1 + Math.log(Math.min(count, 255))) * idf[slots.get(term)]);
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    columns.forEach((column, j) => {
      const isLinear = j < shifts.length;
      const [weights, width, at] = isLinear ? [linear, shifts.length, j] : [directions, topics, j - shifts.length];
      let sum = 0;
      known.forEach(([term], l) => (sum += (values[l] / length) * (weights[slots.get(term) * width + at] ?? 0)));
      column[i] = isLinear ? sum - shifts[j] : sum;
    });
  });
  return columns;
}

// ---- Dates, in UTC ----

const TIMES = String.raw`(?:T|:|,?\s+)(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*(am|pm|a\.m\.|p\.m\.)?|T(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?`;
const TIME = String.raw`(?:(?:${TIMES})\s*(z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2}){0,2})?(?:\s*\([a-z ]+\))?)?$`;
const DAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]*\\s+)?';
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(?:${MONTHS.join('|')})[a-z]*`;
const SLASHED = String.raw`^${DAY}(\d{1,2})(?:([-])(\d{1,2})-(\d{4})|([/.])(\d{1,2})\5(\d{4}|\d{2}))`;
const DATE_PATTERNS = {
  'YYYY-MM-DD': String.raw`^${DAY}(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${TIME}`,
  'M/D/YYYY': SLASHED + TIME,
  'D/M/YYYY': SLASHED + TIME,
  YYYYMMDD: String.raw`^(\d{4})(\d{2})(\d{2})${TIME}`,
  'D MMM YYYY': String.raw`^${DAY}(\d{1,2})(?:st|nd|rd|th)?[-/. ]*(${MONTH})[-/. ,]*(\d{4}|'?\d{2})${TIME}`,
  'MMM D YYYY': String.raw`^${DAY}(${MONTH})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/. ,]+(\d{4})${TIME}`,
  'YYYY-MM': '^(\\d{4})[-/.](\\d{2})$',
  'MMM YYYY': String.raw`^(${MONTH})[-/. ,]+(\d{4})$`,
};
const YEAR_LAST = String.raw`^(${DAY}${MONTH}\s+\d{1,2}) (\d{1,2}:\d{2}(?::\d{2})?(?: \S+)?) (\d{4})$`;
const MS_PER_DAY = 86400000;

function timeOf(cell, format) {
  if (cell instanceof Date) return cell.getTime();
  const isText = typeof cell === 'string' || (typeof cell === 'number' && format === 'YYYYMMDD');
  return isText ? parseDate(String(cell), format) : plainNumber(cell);
}

/** Milliseconds since 1970, or NaN. */
function parseDate(text, format) {
  const inOrder = format === 'MMM D YYYY' ? text.replace(new RegExp(YEAR_LAST, 'i'), '$1 $3 $2') : text;
  const match = new RegExp(DATE_PATTERNS[format], 'i').exec(inOrder);
  if (match === null) return NaN;
  return dayOf(match, format) + (format.includes('D') ? timeOfDay(match.slice(-10)) : 0);
}

function dayOf(match, format) {
  const month = (word) => MONTHS.indexOf(word.slice(0, 3).toLowerCase()) + 1;
  const fullYear = (digits) => (digits.length === 4 ? digits : Number(digits) + (Number(digits) < 70 ? 2000 : 1900));
  if (format === 'YYYY-MM-DD') return utcDay(match[1], match[3], match[4]);
  if (format === 'YYYYMMDD') return utcDay(match[1], match[2], match[3]);
  if (format === 'YYYY-MM') return utcDay(match[1], match[2], 1);
  if (format === 'MMM YYYY') return utcDay(match[2], month(match[1]), 1);
  if (format === 'D MMM YYYY') return utcDay(fullYear(match[3].replace("'", '')), month(match[2]), match[1]);
  if (format === 'MMM D YYYY') return utcDay(match[3], month(match[1]), match[2]);
  const [first, second, year] = [match[1], match[3] ?? match[6], match[4] ?? match[7]];
  return format === 'M/D/YYYY' ? utcDay(fullYear(year), first, second) : utcDay(fullYear(year), second, first);
}

/** Midnight; NaN for a day that the calendar does not have. */
function utcDay(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 ? date.getTime() : NaN;
}

/** Milliseconds since midnight UTC. */
function timeOfDay(parts) {
  const [half, zone] = [parts[4], parts[9]];
  const [hours, minutes, seconds = 0, fraction = 0] = parts[5] === undefined ? parts : parts.slice(5);
  if (hours === undefined) return 0;
  if (half !== undefined && (hours < 1 || hours > 12)) return NaN;
  const h = half === undefined ? Number(hours) : (hours % 12) + (/^p/i.test(half) ? 12 : 0);
  const [m, s] = [Number(minutes), Number(seconds)];
  if (h > 24 || m > 59 || s > 60 || (h === 24 && m + s > 0)) return NaN;
  const [, sign, zoneHours = 0, zoneMinutes = 0, zoneSeconds = 0] =
    /([+-])(\d{1,2}):?(\d{2})?:?(\d{2})?$/.exec(zone ?? '') ?? [];
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60 + Number(zoneSeconds);
  const time = (h * 60 + m) * 60 + s - (sign === '-' ? -offset : offset);
  return time * 1000 + Number(`0.${fraction}`) * 1000;
}

/** What models may be shown of a date. */
const DATE_PARTS = {
  year: (ms) => new Date(ms).getUTCFullYear(),
  month: (ms) => new Date(ms).getUTCMonth() + 1,
  day: (ms) => new Date(ms).getUTCDate(),
  weekday: (ms) => ((((Math.floor(ms / MS_PER_DAY) + 3) % 7) + 7) % 7) + 1,
  hour: (ms) => (((ms % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY) / (MS_PER_DAY / 24),
  'day of year': (ms) => {
    const newYear = new Date(Date.UTC(2000, 0, 1));
    newYear.setUTCFullYear(new Date(ms).getUTCFullYear(), 0, 1);
    return Math.floor((ms - newYear.getTime()) / MS_PER_DAY) + 1;
  },
  'days since 1970': (ms) => ms / MS_PER_DAY,
};

// ---- Preparation ----

/** The matrix that a model sees: float32, row by row. */
function prepare({ kind, width, blocks }, sources, columns, n) {
  const out = new Float32Array(n * width);
  let offset = 0;
  for (const block of blocks) {
    const size = block.type === 'levels' ? block.width : block.type === 'cycle' ? 2 : 1;
    for (let i = 0; i < n; i++) {
      const at = i * width + offset;
      if (block.type === 'levels') {
        const start = columns[block.feature][0][i] * size;
        out.set(block.table.subarray(start, start + size), at);
      } else writeNumber(block, kind, sources[block.source][i], out, at);
    }
    offset += size;
  }
  return { n, cols: width, data: out };
}

function writeNumber(block, kind, number, out, at) {
  const isGap = Number.isNaN(number);
  if (block.type === 'missing') out[at] = isGap ? 1 : 0;
  else if (block.type === 'cycle') {
    const angle = (2 * Math.PI * (number - block.start)) / block.length;
    out[at] = isGap ? 0 : Math.sin(angle);
    out[at + 1] = isGap ? 0 : Math.cos(angle);
  } else if (kind === 'network') out[at] = smoothClip(((isGap ? block.fill : number) - block.centre) * block.scale);
  else out[at] = isGap ? NaN : Math.min(Math.max(number - block.centre, -1e37), 1e37);
}

/** Near x around 0, never beyond -3 or 3. */
function smoothClip(x) {
  if (Math.abs(x) > 1e6) return 3 * Math.sign(x);
  return x / Math.sqrt(1 + (x / 3) ** 2);
}

// ---- Models ----

/** Predictions of one model: values in the target's units, or probabilities, k per row. */
function predictModel(model, X, n, k) {
  if (model.kind === 'transformed') return broughtBack(model, predictModel(model.model, X, n, 1));
  if (model.kind === 'quantiles') return quantilesOf(model, X, n);
  if (model.kind === 'constant') return Float64Array.from({ length: n * k }, (_, i) => model.answer[i % k]);
  if (model.kind === 'linear') return finish(affine(X, model.W, model.b), model.scaling, k);
  if (model.kind === 'trees') return treePredictions(model, walkTrees(model, X), k);
  if (model.kind === 'neighbours') return askNeighbours(model, X, k);
  return finish(runNetwork(model, X), model.scaling, k);
}

/** From a changed target to its own units. */
function broughtBack({ back, stretch, low, high }, said) {
  const own = (t) => (back.kind === 'log1p' ? back.unit * Math.expm1(t) : interpolated(back, t));
  return Float32Array.from(said, (t) => Math.min(Math.max(stretch * own(t), low), high));
}

/** What the models of the levels say, in ascending order. */
function quantilesOf({ models }, X, n) {
  const said = models.map((model) => predictModel(model, X, n, 1));
  const out = new Float32Array(n * models.length);
  for (let i = 0; i < n; i++) {
    const row = Float32Array.from(said, (values) => values[i]).sort();
    out.set(row, i * models.length);
  }
  return out;
}

/** From raw outputs to numbers in the target's units, or to probabilities. */
function finish({ n, data }, scaling, k) {
  const raw = Float32Array.from(data);
  const out = new Float32Array(n * k);
  for (let i = 0; i < n; i++) {
    if (MODEL.about.task === 'regression') out[i] = scaling === null ? raw[i] : unscaled(raw[i], scaling);
    else if (MODEL.about.task === 'binary') {
      out[2 * i + 1] = 1 / (1 + Math.exp(-raw[i]));
      out[2 * i] = 1 - 1 / (1 + Math.exp(-raw[i]));
    } else softmax(raw.subarray(i * k, (i + 1) * k), out, i * k);
  }
  return out;
}

function unscaled(raw, { mean, scale, low, high, link }) {
  const value = link === 'log' ? scale * Math.exp(raw) : mean + scale * raw;
  return Math.min(Math.max(value, low ?? -Infinity), high ?? Infinity);
}

function softmax(row, out, at) {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
  row.forEach((value, j) => (out[at + j] = Math.exp(value - top) / sum));
}

/** h W + b, summed in float64. */
function affine({ n, cols, data }, W, b) {
  const out = new Float64Array(n * b.length);
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * b.length, (i + 1) * b.length);
    row.set(b);
    for (let j = 0; j < cols; j++) {
      const x = data[i * cols + j];
      const start = j * b.length;
      if (x !== 0) for (let o = 0; o < row.length; o++) row[o] += x * W[start + o];
    }
  }
  return { n, cols: b.length, data: out };
}

/** Boosted trees say logits or the scaled target, and forests of means say probabilities as they are. */
function treePredictions({ isShare, scaling }, raw, k) {
  if (!isShare) return finish(raw, scaling, k);
  const out = new Float32Array(raw.n * k);
  for (let i = 0; i < raw.n; i++) {
    if (raw.cols === 1) {
      const second = Math.min(Math.max(raw.data[i], 0), 1);
      out.set([1 - second, second], 2 * i);
      continue;
    }
    const row = raw.data.subarray(i * k, (i + 1) * k);
    const sum = row.reduce((total, share) => total + Math.max(share, 0), 0);
    row.forEach((share, j) => (out[i * k + j] = Math.max(share, 0) / sum));
  }
  return out;
}

/** Rows down the trees; sums in float32 and in order. */
function walkTrees(forest, { n, cols, data }) {
  const { feature, value, left, roots, vectors, outputs, base } = forest;
  const sums = new Float32Array(n * outputs);
  for (let t = 0; t + 1 < roots.length; t++) {
    for (let i = 0; i < n; i++) {
      let node = roots[t];
      while (feature[node] >= 0) {
        node = left[node] + (goesLeft(forest, node, data[i * cols + feature[node]]) ? 0 : 1);
      }
      if (vectors === null) sums[i * outputs + (t % outputs)] += value[node];
      else for (let c = 0; c < outputs; c++) sums[i * outputs + c] += vectors[left[node] * outputs + c];
    }
  }
  return { n, cols: outputs, data: sums.map((sum) => sum + base) };
}

/** Below the threshold, or in the set; what is missing goes where the split says, and is in no set. */
function goesLeft({ value, defaultLeft, set, sets }, node, x) {
  if (sets === null || set[node] < 0) return Number.isNaN(x) ? defaultLeft[node] === 1 : x < value[node];
  const category = x & 255;
  return category === x && ((sets[32 * set[node] + (category >> 3)] >> (category & 7)) & 1) === 1;
}

/** The nearest rows, and those as far away as the last of them; the nearer ones count more. */
function askNeighbours({ X, y, weights, columns, neighbours, power, prior }, { n, data }, k) {
  const out = new Float32Array(n * k);
  const squared = new Float64Array(y.length);
  for (let i = 0; i < n; i++) {
    for (let row = 0; row < y.length; row++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += (X[row * columns + j] - data[i * columns + j]) ** 2;
      squared[row] = sum;
    }
    const last = squared.slice().sort()[Math.min(neighbours, y.length) - 1];
    const sums = new Float64Array(k);
    let total = 0;
    for (let row = 0; row < y.length; row++) {
      if (squared[row] > last * (1 + 1e-6) + 1e-9) continue;
      const weight = (squared[row] + 1e-4) ** (-power / 2) * (weights === null ? 1 : weights[row]);
      total += weight;
      if (prior === null) sums[0] += weight * y[row];
      else sums[y[row]] += weight;
    }
    for (let c = 0; c < k; c++) {
      const own = sums[c] / total;
      out[i * k + c] = prior === null ? own : (neighbours * own + prior[c]) / (neighbours + 1);
    }
  }
  return out;
}

const ACTIVATIONS = {
  sin: Math.sin,
  spder: (u) => Math.sin(u) * Math.sqrt(Math.abs(u)),
  tanh: Math.tanh,
  silu: (u) => u / (1 + Math.exp(-u)),
  relu: (u) => (u < 0 ? 0 : u),
};

/** An LRNN or an MLP. */
function runNetwork({ spec, tensors }, X) {
  const scale = tensors['front.scale'];
  const seen = spec.frontScale ? { ...X, data: Float64Array.from(X.data, (x, i) => x * scale[i % X.cols]) } : X;
  let h = seen;
  spec.layers.forEach((layer, l) => {
    const own = (name) => tensors[`layer${l}.${name}`];
    if (l > 0 && spec.inputSkip) h = joined(h, seen);
    if (spec.kind === 'lrnn') h = productLayer(h, layer, own);
    else {
      const { data, ...size } = affine(layer.basis ? basisUnits(h, layer.basis, own) : h, own('W'), own('b'));
      h = { ...size, data: data.map(ACTIVATIONS[layer.activation]) };
    }
  });
  return affine(spec.inputSkip ? joined(h, seen) : h, tensors['out.W'], tensors['out.b']);
}

function joined(a, b) {
  const cols = a.cols + b.cols;
  const data = new Float64Array(a.n * cols);
  for (let i = 0; i < a.n; i++) {
    data.set(a.data.subarray(i * a.cols, (i + 1) * a.cols), i * cols);
    data.set(b.data.subarray(i * b.cols, (i + 1) * b.cols), i * cols + a.cols);
  }
  return { n: a.n, cols, data };
}

/** act(omega h + beta), `hidden` functions of every column side by side. */
function basisUnits(h, { hidden, activation }, own) {
  const act = ACTIVATIONS[activation];
  const [omega, beta] = ['omega', 'beta'].map(own);
  const cols = h.cols * hidden;
  const data = new Float64Array(h.n * cols);
  for (let i = 0; i < h.n; i++) {
    for (let unit = 0; unit < cols; unit++) {
      const x = h.data[i * h.cols + Math.floor(unit / hidden)];
      data[i * cols + unit] = act(omega[unit] * x + beta[unit]);
    }
  }
  return { n: h.n, cols, data };
}

/** Each neuron multiplies 1 + g / sqrt(D) over its D factors, g(z) = c + sum a act(omega z + beta); then LayerNorm. */
function productLayer(h, layer, own) {
  const { rank, hidden, projection, sharing } = layer;
  const isDense = projection === 'dense';
  const factors = isDense ? layer.width : h.cols;
  const z = isDense ? affine(h, own('W'), own('b')) : h;
  const act = ACTIVATIONS[layer.activation];
  const [omega, beta, a, c] = ['omega', 'beta', 'a', 'c'].map(own);
  const units = new Float64Array(factors * hidden);
  const fillUnits = (row, basis, start) => {
    for (let j = 0; j < factors; j++) {
      for (let m = 0; m < hidden; m++) {
        const at = (basis + j) * hidden + m;
        units[j * hidden + m] = act(omega[at] * z.data[row * z.cols + start + j] + beta[at]);
      }
    }
  };
  const isShared = !isDense && sharing !== 'neuron';
  const out = new Float64Array(h.n * rank);
  for (let i = 0; i < h.n; i++) {
    if (isShared) fillUnits(i, 0, 0);
    for (let l = 0; l < rank; l++) {
      if (!isShared) fillUnits(i, sharing === 'neuron' ? l * factors : 0, isDense ? l * factors : 0);
      const mix = sharing === 'layer' ? 0 : l * factors;
      let product = 1;
      for (let j = 0; j < factors; j++) {
        let g = c[mix + j];
        for (let m = 0; m < hidden; m++) g += a[(mix + j) * hidden + m] * units[j * hidden + m];
        product *= 1 + g / Math.sqrt(factors);
      }
      out[i * rank + l] = product;
    }
    normalise(out.subarray(i * rank, (i + 1) * rank), own('scale'), own('shift'));
  }
  return { n: h.n, cols: rank, data: out };
}

/** To mean 0 and variance 1, then scaled and shifted. */
function normalise(row, scale, shift) {
  const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
  const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
  const deviation = Math.sqrt(variance + 1e-5);
  row.forEach((v, l) => (row[l] = ((v - mean) / deviation) * scale[l] + shift[l]));
}

// ---- Contributions ----

/** Adds what a model of trees says of row 0, of the mean of the other rows, and what each feature gives to the difference. */
function addShares(model, X, { base, end, shares }, k) {
  const add = outputMap(model, k);
  const players = MODEL.recipes[model.recipe].blocks.flatMap(playersOf);
  const share = 1 / (X.n - 1);
  add(treeSums(model, X, 0), end, 0, 1, true);
  for (let z = 1; z < X.n; z++) {
    add(treeSums(model, X, z), base, 0, share, true);
    const own = sharesAgainst(model, X, z, players);
    for (let f = 0; f < FEATURES.length; f++) {
      add(own.subarray(f * model.outputs, (f + 1) * model.outputs), shares, f * k, share, false);
    }
  }
}

/** The feature that each prepared column of a block is made of. */
function playersOf(block) {
  if (block.type === 'levels') return Array.from({ length: block.width }, () => block.feature);
  const { feature } = MODEL.sources[block.source];
  return block.type === 'cycle' ? [feature, feature] : [feature];
}

/** From sums of trees to what contributions are counted in, added to `into` from `at` on; a whole sum has its constants, a share none. */
function outputMap({ weight, base, isShare, scaling, outputs }, k) {
  const size = weight * MODEL.exact.share;
  return (sums, into, at, share, isWhole) => {
    const w = size * share;
    const raw = Array.from(sums, (sum) => sum + (isWhole ? base : 0));
    if (MODEL.about.task === 'regression') into[at] += w * (scaling.scale * raw[0] + (isWhole ? scaling.mean : 0));
    else if (outputs === 1) {
      into[at] += w * ((isShare && isWhole ? 1 : 0) - raw[0]);
      into[at + 1] += w * raw[0];
    } else {
      const mean = isShare ? 0 : raw.reduce((total, value) => total + value, 0) / k;
      raw.forEach((value, c) => (into[at + c] += w * (value - mean)));
    }
  };
}

/** What the trees say of a row, in float64. */
function treeSums(forest, { cols, data }, row) {
  const { feature, value, left, roots, vectors, outputs } = forest;
  const sums = new Float64Array(outputs);
  for (let t = 0; t + 1 < roots.length; t++) {
    let node = roots[t];
    while (feature[node] >= 0) {
      node = left[node] + (goesLeft(forest, node, data[row * cols + feature[node]]) ? 0 : 1);
    }
    if (vectors === null) sums[t % outputs] += value[node];
    else for (let c = 0; c < outputs; c++) sums[c] += vectors[left[node] * outputs + c];
  }
  return sums;
}

/**
 * Shapley values of row 0 against row z. Every mixture of the two ends in a leaf; of the features that decide its way, a must come
 * from the row and b from z: (a - 1)! b! / (a + b)! of what the leaf says is each of the first's, -a! (b - 1)! / (a + b)! each of
 * the second's.
 */
function sharesAgainst(forest, { cols, data }, z, players) {
  const { feature, value, left, roots, vectors, outputs } = forest;
  const shares = new Float64Array(FEATURES.length * outputs);
  const states = new Int8Array(FEATURES.length);
  const decided = [];
  const atLeaf = (node, output, a, b) => {
    const [up, down] = [a > 0 ? orderShare(a, b) : 0, b > 0 ? -orderShare(b, a) : 0];
    for (const player of decided) {
      const weight = states[player] === 1 ? up : down;
      if (vectors === null) shares[player * outputs + output] += weight * value[node];
      else for (let c = 0; c < outputs; c++) shares[player * outputs + c] += weight * vectors[left[node] * outputs + c];
    }
  };
  const walk = (node, output, a, b) => {
    const column = feature[node];
    if (column < 0) return atLeaf(node, output, a, b);
    const own = left[node] + (goesLeft(forest, node, data[column]) ? 0 : 1);
    const other = left[node] + (goesLeft(forest, node, data[z * cols + column]) ? 0 : 1);
    const player = players[column];
    if (own === other || states[player] !== 0) return walk(states[player] === -1 ? other : own, output, a, b);
    decided.push(player);
    states[player] = 1;
    walk(own, output, a + 1, b);
    states[player] = -1;
    walk(other, output, a, b + 1);
    states[player] = 0;
    decided.pop();
  };
  for (let t = 0; t + 1 < roots.length; t++) walk(roots[t], vectors === null ? t % outputs : 0, 0, 0);
  return shares;
}

/** (a - 1)! b! / (a + b)! */
function orderShare(a, b) {
  let share = 1 / a;
  for (let i = 1; i <= b; i++) share *= i / (a + i);
  return share;
}

// ---- Numbers in the file ----

/** Arrays stand in the file as base64 of their little-endian bytes. */
function decodeArrays(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decodeArrays);
  if (typeof value.base64 !== 'string') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decodeArrays(inner)]));
  }
  const bytes = Uint8Array.from(atob(value.base64), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  switch (value.type) {
    case 'float32':
      return new Float32Array(bytes.length / 4).map((_, i) => view.getFloat32(4 * i, true));
    case 'float64':
      return new Float64Array(bytes.length / 8).map((_, i) => view.getFloat64(8 * i, true));
    case 'int32':
      return new Int32Array(bytes.length / 4).map((_, i) => view.getInt32(4 * i, true));
    default:
      return bytes;
  }
}
