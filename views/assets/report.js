/* In a report that stands alone: the model of the page predicts, and says what each column adds. */

const offline = document.querySelector('[data-offline]');

if (offline) prepareOffline(offline);

function prepareOffline(box) {
  const form = box.querySelector('[data-try]');
  const background = JSON.parse(box.dataset.offline);
  const answer = () => {
    if (globalThis.lrnnPredict) showOffline(box.querySelector('[data-answer]'), readRow(form), background);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    answer();
  });
  form.addEventListener('input', answer);
  addEventListener('lrnn-model', answer);
  answer();
  box.querySelector('[data-offline-file]').addEventListener('change', predictFile);
}

function readRow(form) {
  const fields = [...form.querySelectorAll('[data-column]')];
  return Object.fromEntries(fields.map((field) => [field.dataset.column, field.querySelector('input, select').value]));
}

/* One number per answer: the prediction, or the probability of the class that the row got. */
function numberOf(result, of) {
  return result.probabilities ? result.probabilities[of] : result.prediction;
}

/* Sampled Shapley values: walks from background rows to the row, in an order and in its reverse. */
function contributions(row, background, of) {
  const columns = Object.keys(row);
  let state = 12345;
  const random = (n) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n;
  const walks = [];
  for (let pair = 0; pair < 8; pair++) {
    const order = columns.map((_, j) => j);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    const from = background[random(background.length)];
    walks.push({ order, from }, { order: [...order].reverse(), from });
  }
  const rows = walks.flatMap(({ order, from }) => {
    const now = { ...from };
    return [{ ...now }, ...order.map((j) => ({ ...Object.assign(now, { [columns[j]]: row[columns[j]] }) }))];
  });
  const numbers = globalThis.lrnnPredict(rows).map((result) => numberOf(result, of));
  const sums = columns.map(() => 0);
  let base = 0;
  walks.forEach(({ order }, w) => {
    const at = w * (columns.length + 1);
    base += numbers[at] / walks.length;
    order.forEach((j, step) => (sums[j] += (numbers[at + step + 1] - numbers[at + step]) / walks.length));
  });
  return { base, columns: columns.map((column, j) => ({ column, value: sums[j] })) };
}

function showOffline(place, row, background) {
  const [result] = globalThis.lrnnPredict([row]);
  const of = result.prediction;
  const isClass = Boolean(result.probabilities);
  const decimals = isClass ? 0 : Math.max(0, 3 - Math.floor(Math.log10(Math.abs(of) || 1)));
  const text = (value) => (isClass ? `${(100 * value).toFixed(1)} %` : value.toLocaleString('en-US', { maximumFractionDigits: decimals }));
  const parts = [element('p', 'answer-head', isClass ? `${of} (${text(result.probabilities[of])})` : text(of))];
  if (isClass) {
    const all = Object.entries(result.probabilities);
    parts.push(bars('Probabilities', all.map(([name, value]) => [name, 100 * value, text(value), ''])));
  }
  if (background.length > 0) {
    const found = contributions(row, background, of);
    const sorted = found.columns.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const most = Math.max(1e-12, Math.abs(sorted[0]?.value ?? 0));
    parts.push(element('h3', '', `What each column adds${isClass ? ` to ${of}` : ''}`));
    parts.push(element('p', 'hint', `From ${text(found.base)}, the mean over sampled rows, to the prediction (sampled Shapley values).`));
    parts.push(
      bars(
        'Contributions',
        sorted.map(({ column, value }) => [column, (100 * Math.abs(value)) / most, `${value < 0 ? '−' : '+'}${text(Math.abs(value))}`, value < 0 ? 'down' : 'up']),
      ),
    );
  }
  place.replaceChildren(...parts);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function bars(label, rows) {
  const list = element('ul', 'answer-bars', '');
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
async function predictFile({ target }) {
  const [file] = target.files;
  const hint = target.parentElement.querySelector('[role="status"]');
  if (!file || !globalThis.lrnnPredict) return;
  try {
    const [head, ...lines] = parseCsv(decode(await file.arrayBuffer()).replace(/^\uFEFF/, ''));
    const rows = lines.map((cells) => Object.fromEntries(head.map((name, i) => [name.trim(), cells[i] ?? ''])));
    const results = globalThis.lrnnPredict(rows);
    const classes = Object.keys(results[0]?.probabilities ?? {});
    const out = [
      ['prediction', ...classes.map((name) => `probability_${name}`)],
      ...results.map(({ prediction, probabilities }) => [prediction, ...classes.map((name) => probabilities[name])]),
    ];
    const link = element('a', '', '');
    link.href = URL.createObjectURL(new Blob([out.map((cells) => cells.map(csvCell).join(',')).join('\n') + '\n'], { type: 'text/csv' }));
    link.download = 'predictions.csv';
    link.click();
    hint.textContent = `${results.length} rows predicted.`;
  } catch (error) {
    hint.textContent = `The file cannot be predicted: ${error.message}`;
  }
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
