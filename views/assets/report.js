/* In a report that stands alone: the model of the page predicts, and says what each column adds. */

const offline = document.querySelector('[data-offline]');

if (offline) prepareOffline(offline);

function prepareOffline(box) {
  const form = box.querySelector('[data-try]');
  const { start, notes } = JSON.parse(box.dataset.offline);
  const background = start && readStart(start);
  const place = box.querySelector('[data-answer]');
  let newest = 0;
  const answer = () => {
    if (!globalThis.lrnnModel) return;
    const own = ++newest;
    void showOffline(place, readRow(form), { background, notes, isCurrent: () => own === newest });
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    answer();
  });
  form.addEventListener('input', answer);
  addEventListener('lrnn-model', answer);
  answer();
  box.querySelector('[data-offline-file]').addEventListener('change', (event) => predictFile(event, notes));
}

function readRow(form) {
  const fields = [...form.querySelectorAll('[data-column]')];
  return Object.fromEntries(fields.map((field) => [field.dataset.column, field.querySelector('input, select').value]));
}

/* The rows that contributions start from, as objects. */
function readStart({ columns, dates, rows, walks, words, exact }) {
  const cellOf = (cell, place) => (dates.includes(place) && cell !== null ? new Date(cell) : cell);
  const objects = rows.map((cells) => Object.fromEntries(columns.map((column, place) => [column, cellOf(cells[place], place)])));
  return { columns, rows: objects, walks, words, exact };
}

/* One number per answer: the prediction, or the probability of the class that the row got. */
function numberOf(result, of) {
  return result.probabilities ? result.probabilities[of] : result.prediction;
}

const SLICE_MS = 30;
const SHOWN_MS = 400;

/*
 * Shapley values by the walks that the server takes: from each background row to the row, in an order and in its reverse. The page
 * breathes meanwhile and is shown how far it is; it ends where another row was asked about.
 */
async function contributions(row, { columns, rows, walks }, of, { isCurrent, show }) {
  const sums = columns.map(() => 0);
  const predict = sliced(of, isCurrent);
  let base = 0;
  let shown = performance.now();
  for (const [done, { order, from }] of walks.entries()) {
    const now = { ...rows[from] };
    const path = [{ ...now }, ...order.map((j) => ({ ...Object.assign(now, { [columns[j]]: row[columns[j]] }) }))];
    const numbers = await predict(path);
    if (numbers === null) return;
    base += numbers[0];
    order.forEach((j, step) => (sums[j] += numbers[step + 1] - numbers[step]));
    const walked = done + 1;
    const isLast = walked === walks.length;
    if (!isLast && (walked % 2 === 1 || performance.now() - shown < SHOWN_MS)) continue;
    shown = performance.now();
    show({ base: base / walked, columns: columns.map((column, j) => ({ column, value: sums[j] / walked })), share: isLast ? 1 : walked / walks.length });
  }
}

/* Exact ones by the model itself, one background row after the other, so that the page breathes. */
async function exactContributions(row, { columns, rows }, of, { isCurrent, show }) {
  const { task, classes } = globalThis.lrnnModel.schema.target;
  const output = task === 'regression' ? 0 : classes.indexOf(of);
  const sums = columns.map(() => 0);
  let base = 0;
  let since = performance.now();
  for (const [done, other] of rows.entries()) {
    const found = globalThis.lrnnModel.contributions(row, [other]);
    base += found.base[output];
    columns.forEach((column, j) => (sums[j] += found.columns.find((own) => own.column === column).values[output]));
    const walked = done + 1;
    const parts = columns.map((column, j) => ({ column, value: sums[j] / walked }));
    const isLast = walked === rows.length;
    if (isLast) show({ base: base / walked, end: found.end[output], columns: parts, share: 1 });
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (!isCurrent()) return;
    since = performance.now();
  }
}

/* Predicts in parts that take no longer than a slice; null where another row was asked about meanwhile. */
function sliced(of, isCurrent) {
  let size = 8;
  let since = performance.now();
  return async (rows) => {
    const numbers = [];
    while (numbers.length < rows.length) {
      const part = rows.slice(numbers.length, numbers.length + size);
      const start = performance.now();
      numbers.push(...globalThis.lrnnModel.predict(part).map((result) => numberOf(result, of)));
      size = Math.max(1, Math.min(256, Math.floor((part.length * SLICE_MS) / Math.max(0.1, performance.now() - start))));
      if (performance.now() - since < SLICE_MS) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (!isCurrent()) return null;
      since = performance.now();
    }
    return numbers;
  };
}

/* Percentage points, or units. */
function sizeText(value, isClass, text) {
  return isClass ? (100 * value).toFixed(value < 0.0995 ? 1 : 0) : text(value);
}

/* As the pages of the server write numbers and shares. */
function numberText(value, largest) {
  const decimals = Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(Math.min(Math.abs(largest) || 0.1, 1e9)))));
  if (Math.abs(value) >= 1e9) return value.toExponential(3).replace('e+', 'e');
  if (value !== 0 && Math.abs(value) < 10 ** -decimals / 2) return value.toExponential(1);
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function shareText(value) {
  const percent = 100 * value;
  if (percent > 0 && percent < 0.05) return '< 0.1 %';
  if (percent < 100 && percent >= 99.5) return '> 99 %';
  return `${percent.toFixed(percent !== 0 && Math.abs(percent) < 9.95 ? 1 : 0)} %`;
}

async function showOffline(place, row, { background, notes, isCurrent }) {
  const [result] = globalThis.lrnnModel.predict([row]);
  const { prediction } = result;
  const isClass = Boolean(result.probabilities);
  const text = (value) => (isClass ? shareText(value) : numberText(value, prediction));
  const target = document.querySelector('[data-target]').dataset.target;
  const head = isClass ? `${prediction} (${text(result.probabilities[prediction])})` : `${target}: ${text(prediction)}`;
  const parts = [element('p', 'answer-head', head)];
  if (isClass) {
    const all = Object.entries(result.probabilities);
    parts.push(bars('Probabilities', all.map(([name, value]) => [name, 100 * value, text(value), ''])));
  }
  parts.push(...remarks(row, notes));
  const below = document.createElement('div');
  place.replaceChildren(...parts, below);
  if (background === null) return;
  below.append(element('p', 'quiet', 'Working out what each column adds …'));
  const isScore = background.exact === 'log-odds';
  const named = isClass ? result.prediction : target;
  const of = isScore ? `the score of ${named}` : named;
  const sizes = isScore
    ? { start: scoreText, size: (value) => value.toFixed(2) }
    : { start: text, size: (value) => sizeText(value, isClass, text) };
  const show = (found) => below.replaceChildren(...contributionParts(found, { of, words: background.words, ...sizes }));
  const work = background.exact ? exactContributions : contributions;
  await work(row, background, result.prediction, { isCurrent, show });
}

function scoreText(value) {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

function contributionParts({ base, end, columns, share }, { of, words, start, size }) {
  const sorted = columns.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const most = Math.max(1e-12, Math.abs(sorted[0]?.value ?? 0));
  const lines = sorted.map(({ column, value }) => [
    column,
    (100 * Math.abs(value)) / most,
    `${value < 0 ? '−' : '+'}${size(Math.abs(value))}`,
    value < 0 ? 'down' : 'up',
  ]);
  const soFar = share < 1 ? ` So far: ${Math.round(100 * share)} % of the rows.` : '';
  const said = words.replace('{}', start(base)).replace('{}', end === undefined ? '' : start(end));
  return [
    element('h3', '', `What each column adds to ${of}`),
    element('p', 'hint', said + soFar),
    bars('Contributions', lines),
  ];
}

/* What training has not seen, in the words of the server. */
function remarks(row, notes) {
  const found = globalThis.lrnnModel.check([row]);
  return Object.entries(notes).flatMap(([kind, words]) =>
    Object.keys(found[kind]).map((column) => {
      const note = element('p', 'alert', `"${column}": ${words}`);
      note.dataset.tone = 'warn';
      return note;
    }),
  );
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function bars(label, rows) {
  const list = element('ul', `answer-bars${rows.some(([, , , look]) => look !== '') ? ' signed' : ''}`, '');
  list.ariaLabel = label;
  for (const [name, percent, text, look] of rows) {
    const item = document.createElement('li');
    const meter = element('meter', look, '');
    Object.assign(meter, { min: 0, max: 100, value: percent, ariaLabel: `${label}: ${name}` });
    item.append(element('span', 'answer-name', name), meter, element('span', 'num', text));
    list.append(item);
  }
  return list;
}

/* Many rows: a CSV in, a CSV out, on this computer. */
async function predictFile({ target }, notes) {
  const [file] = target.files;
  const hint = target.parentElement.querySelector('[role="status"]');
  if (!file || !globalThis.lrnnModel) return;
  try {
    const [head, ...lines] = parseCsv(decode(await file.arrayBuffer()).replace(/^\uFEFF/, ''));
    const rows = lines.map((cells) => Object.fromEntries(head.map((name, i) => [name.trim(), cells[i] ?? ''])));
    const results = globalThis.lrnnModel.predict(rows);
    const classes = Object.keys(results[0]?.probabilities ?? {});
    const out = [
      ['prediction', ...classes.map((name) => `probability_${name}`)],
      ...results.map(({ prediction, probabilities }) => [prediction, ...classes.map((name) => probabilities[name])]),
    ];
    const link = element('a', '', '');
    link.href = URL.createObjectURL(new Blob([out.map((cells) => cells.map(csvCell).join(',')).join('\n') + '\n'], { type: 'text/csv' }));
    link.download = 'predictions.csv';
    link.click();
    hint.textContent = [`${results.length} rows predicted.`, ...fileRemarks(rows, notes)].join(' ');
  } catch (error) {
    hint.textContent = `The file cannot be predicted: ${error.message}`;
  }
}

function fileRemarks(rows, notes) {
  const found = globalThis.lrnnModel.check(rows);
  return Object.entries(notes).flatMap(([kind, words]) =>
    Object.entries(found[kind]).map(([column, count]) => `"${column}", ${count} ${count === 1 ? 'cell' : 'cells'}: ${words}.`),
  );
}

function csvCell(value) {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/* Quotes, doubled quotes and line breaks inside quotes; the delimiter is the one of the first line. */
function parseCsv(text) {
  const delimiter = sniff(text);
  const rows = [];
  let row = [];
  let cell = '';
  let quoted = false;
  const end = () => {
    row.push(cell);
    cell = '';
  };
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === delimiter) end();
    else if (sign === '\n' || sign === '\r') {
      if (sign === '\r' && text[i + 1] === '\n') i++;
      end();
      if (row.some((one) => one !== '')) rows.push(row);
      row = [];
    } else cell += sign;
  }
  end();
  if (row.some((one) => one !== '')) rows.push(row);
  return rows;
}
