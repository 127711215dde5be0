/* What needs a script: progress of a running search, the columns of a chosen file, sorting, thresholds, help, copying. */

/* Live progress */

const EVENT_TYPES = [
  'phase',
  'started',
  'warning',
  'trial-started',
  'fold-started',
  'fold',
  'trial',
  'refit',
  'finished',
  'interrupted',
  'failed',
];
const REFRESH_MS = 2500;

let source = null;
let refreshTimer = null;
let refreshedAt = 0;

function follow() {
  const section = document.querySelector('[data-events]');
  if (!section) return;
  source = new EventSource(section.dataset.events);
  for (const type of EVENT_TYPES) source.addEventListener(type, (event) => take(JSON.parse(event.data)));
  source.addEventListener('machines', (event) => showMachines(JSON.parse(event.data)));
}

function take(update) {
  if (update.phase) {
    show('phase', update.phase);
    show('left', '–');
    showFits([]);
  }
  if (update.progress) showProgress(update.progress);
  if (update.isLogged) addLine(update);
  if (update.isLast) {
    source.close();
    source = null;
    tellEnd(update);
    refresh();
  } else if (update.changesPage && refreshTimer === null) {
    refreshTimer = setTimeout(refresh, Math.max(0, refreshedAt + REFRESH_MS - Date.now()));
  }
}

/* A run that has ended says so where the reader looks from elsewhere: in the title, and by the system where that is allowed. */
function tellEnd({ text, tone }) {
  const mark = { good: '✓', warn: '■', bad: '✗' }[tone] ?? '■';
  document.title = `${mark} ${document.title.replace(/^\d+ % · /, '')}`;
  if ('Notification' in window && Notification.permission === 'granted' && document.hidden) {
    new Notification(document.title, { body: text });
  }
}

function offerNotice() {
  const button = document.querySelector('[data-notify]');
  if (!button || !('Notification' in window) || Notification.permission !== 'default') return;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await Notification.requestPermission();
    button.hidden = true;
  });
}

function show(part, text) {
  for (const element of document.querySelectorAll(`[data-live="${part}"]`)) element.textContent = text;
}

function showProgress(progress) {
  const bar = document.querySelector('[data-live="bar"]');
  if (bar && progress.percent !== null) bar.value = progress.percent;
  if (progress.percent !== null) document.title = `${Math.floor(progress.percent)} % · ${document.title.replace(/^\d+ % · /, '')}`;
  for (const part of ['done', 'best', 'elapsed', 'left', 'workers']) show(part, progress[part]);
  showFits(progress.fits);
}

/* What the workers are at. */
function showFits(fits) {
  document.querySelector('[data-live="fits"]')?.replaceChildren(...fits.map((fit) => fitItem(fit)));
}

function fitItem({ chip, text }, tag = 'li') {
  const [item, badge, words] = [tag, 'span', 'span'].map((name) => document.createElement(name));
  badge.className = 'chip';
  badge.dataset.look = chip.family;
  badge.textContent = chip.label;
  words.textContent = text;
  item.append(badge, ' ', words);
  return item;
}

/* Workers on other machines; what they call themselves is text and nothing else. */
function showMachines({ summary, rows, more }) {
  const box = document.querySelector('[data-live="machines"]');
  if (!box) return;
  box.hidden = false;
  box.querySelector('[data-machines="summary"]').textContent = summary;
  box.querySelector('[data-machines="rows"]').replaceChildren(...rows.map(machineItem));
  box.querySelector('[data-machines="more"]').textContent = more ?? '';
}

function machineItem({ name, about, isGone, state, fits }) {
  const [item, head, words] = ['li', 'span', 'span'].map((tag) => document.createElement(tag));
  const called = document.createElement('bdi');
  called.textContent = name;
  words.textContent = about;
  head.append(called, ' ', words);
  item.toggleAttribute('data-gone', isGone);
  item.append(head);
  if (state) {
    const said = document.createElement('em');
    said.textContent = state;
    item.append(' ', said);
  }
  for (const fit of fits) item.append(' ', fitItem(fit, 'span'));
  return item;
}

function addLine({ text, tone, type }) {
  const log = document.querySelector('[data-live="log"]');
  if (!log) return;
  const line = document.createElement('p');
  line.dataset.tone = tone;
  line.textContent = text;
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  log.append(line);
  while (log.childElementCount > 300) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
  if (type !== 'fold' && type !== 'trial-started') show('spoken', text);
}

/* The server draws the page; the script puts the new one in its place and keeps what the reader has done to the old one. */
async function refresh() {
  clearTimeout(refreshTimer);
  refreshTimer = null;
  refreshedAt = Date.now();
  const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('[data-results]');
  const old = document.querySelector('[data-results]');
  if (!fresh || !old) return;
  if (source && old.querySelector(':popover-open')) {
    refreshTimer = setTimeout(refresh, REFRESH_MS);
    return;
  }
  const restore = [keepOpen(old, fresh), keepScrolled(old, fresh), keepFocus(old, fresh)];
  const live = fresh.querySelector('[data-events]');
  if (source && live) live.replaceWith(old.querySelector('[data-events]'));
  old.replaceWith(fresh);
  for (const action of restore) action();
  prepareParts();
}

function keepOpen(old, fresh) {
  const open = [...old.querySelectorAll('details[open][data-keep]')].map((details) => details.dataset.keep);
  return () => {
    for (const details of fresh.querySelectorAll('details[data-keep]')) details.open = open.includes(details.dataset.keep);
  };
}

function keepScrolled(old, fresh) {
  const part = '.table-card, .log-lines, .machine-list, .numbers-table';
  const scrolled = [...old.querySelectorAll(part)].map((box) => [box.ariaLabel, box.scrollLeft, box.scrollTop]);
  return () => {
    for (const [label, left, top] of scrolled) {
      [...fresh.querySelectorAll(part)].find((box) => box.ariaLabel === label)?.scrollTo(left, top);
    }
  };
}

function keepFocus(old, fresh) {
  const { activeElement } = document;
  if (!old.contains(activeElement)) return () => {};
  const key = focusKey(activeElement);
  const elements = () => [...fresh.querySelectorAll('a, button, summary, [tabindex]')];
  return () => elements().find((element) => focusKey(element) === key)?.focus({ preventScroll: true });
}

function focusKey(element) {
  const { tagName, ariaLabel, textContent } = element;
  const place = element.closest('section')?.getAttribute('aria-labelledby');
  const keep = element.closest('[data-keep]')?.dataset.keep;
  return [tagName, place, keep, ariaLabel, tagName === 'DIV' ? '' : textContent].join('|');
}

/* The form: columns of the chosen file */

const HEAD_BYTES = 65536;
const LIKELY_TARGETS = ['target', 'label', 'class', 'y', 'outcome'];

/* Of these the server alone knows the columns. */
const NO_PLAIN_TABLE = /\.(json|jsonl|ndjson|parquet|xlsx|gz|zip)$/i;

async function readColumns(file) {
  if (NO_PLAIN_TABLE.test(file.name)) return [];
  const bytes = await file.slice(0, HEAD_BYTES).arrayBuffer();
  const text = decode(bytes).replace(/^\uFEFF/, '');
  const delimiter = sniff(text);
  return splitLine(text, delimiter).map((name) => name.trim());
}

function decode(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/* The sign that splits the first line most often, quotes respected. */
function sniff(text) {
  const counts = [',', ';', '\t', '|'].map((sign) => [sign, splitLine(text, sign).length]);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

function splitLine(text, delimiter) {
  const cells = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === delimiter) {
      cells.push(cell);
      cell = '';
    } else if (sign === '\n' || sign === '\r') break;
    else cell += sign;
  }
  cells.push(cell);
  return cells;
}

function offerColumns(form, columns) {
  const field = form.elements.target;
  const wanted = field.value;
  const select = document.createElement('select');
  for (const name of ['id', 'name', 'required']) select[name] = field[name];
  select.setAttribute('aria-describedby', 'target-hint');
  select.append(new Option('choose …', ''));
  for (const column of columns) select.append(new Option(column, column));
  const likely = columns.find((column) => LIKELY_TARGETS.includes(column.toLowerCase()));
  select.value = columns.includes(wanted) ? wanted : (likely ?? '');
  field.replaceWith(select);
}

function prepareForm(form) {
  const hint = form.querySelector('[data-file-hint]');
  form.elements.file.addEventListener('change', async () => {
    const [file] = form.elements.file.files;
    if (!file) return;
    const columns = await readColumns(file).catch(() => []);
    const named = columns.filter((column) => column !== '');
    const counted = columns.length > 0 ? `${named.length} ${named.length === 1 ? 'column' : 'columns'}, ` : '';
    hint.textContent = counted + sizeOf(file.size);
    if (named.length > 1) offerColumns(form, named);
  });
  form.addEventListener('submit', (event) => {
    const button = form.querySelector('[data-submit]');
    if (event.submitter && event.submitter !== button) return;
    button.disabled = true;
    button.textContent = 'Uploading …';
    form.querySelector('[data-form-status]').textContent = 'Uploading the file';
  });
  addEventListener('pageshow', () => {
    const button = form.querySelector('[data-submit]');
    button.disabled = false;
    button.textContent = 'Start search';
  });
}

function sizeOf(bytes) {
  if (bytes < 1e3) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/* Help beside its button, inside the window */

document.addEventListener(
  'toggle',
  (event) => {
    const help = event.target;
    if (event.newState !== 'open' || !help.matches('.popover')) return;
    const anchor = document.querySelector(`[popovertarget="${CSS.escape(help.id)}"]`).getBoundingClientRect();
    help.style.margin = '0';
    const left = Math.min(anchor.left, innerWidth - help.offsetWidth - 16);
    help.style.left = `${Math.max(16, left)}px`;
    const below = anchor.bottom + 6;
    const fits = below + help.offsetHeight < innerHeight;
    help.style.top = `${fits ? below : Math.max(8, anchor.top - help.offsetHeight - 6)}px`;
  },
  true,
);

/* Copying */

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = 'Copied';
  setTimeout(() => (button.textContent = 'Copy'), 1500);
});

/* The leaderboard: sorted and filtered in place; without a script the server does it. */

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-sort]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const head = link.closest('th');
  const key = link.dataset.sort;
  const natural = ['score', 'holdout'].includes(key) && link.closest('table').textContent.includes('↑') ? 'descending' : 'ascending';
  const order = { ascending: 'descending', descending: 'ascending' }[head.ariaSort] ?? natural;
  for (const other of head.parentElement.children) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', order);
  const body = head.closest('table').tBodies[0];
  const sign = order === 'ascending' ? 1 : -1;
  const value = (row) => JSON.parse(row.dataset.keys)[key];
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x - y);
  });
  body.append(...rows);
});

function filterBoard(form) {
  const [family, kind] = [form.elements.family.value, form.elements.kind.value];
  let hidden = 0;
  for (const row of form.parentElement.querySelectorAll('tr[data-keys]')) {
    row.hidden = (family !== '' && row.dataset.family !== family) || (kind !== '' && row.dataset.kind !== kind);
    if (row.hidden) hidden++;
  }
  form.querySelector('[data-board-status]').textContent = hidden > 0 ? `${hidden} hidden` : '';
}

/* Only where all rows are in the page. */
function prepareFilters(form) {
  if (form.elements.family.value !== '' || form.elements.kind.value !== '') return;
  form.querySelector('[data-filter-submit]').hidden = true;
  form.addEventListener('change', () => filterBoard(form));
  form.addEventListener('submit', (event) => event.preventDefault());
}

/* A threshold by hand */

function prepareThresholds(section) {
  const counts = JSON.parse(section.dataset.thresholds);
  const slider = section.querySelector('input[type="range"]');
  const put = (name, text) => (section.querySelector(`[data-rate="${name}"]`).textContent = text);
  const rate = (a, b) => (b === 0 ? '–' : (a / b).toFixed(3));
  slider.addEventListener('input', () => {
    const [tp, fp, fn, tn] = counts[slider.value];
    Object.entries({ tp, fp, fn, tn }).forEach(([name, count]) => put(name, count.toLocaleString('en-US')));
    put('threshold', (slider.value / 100).toFixed(2));
    put('accuracy', rate(tp + tn, tp + fp + fn + tn));
    put('precision', rate(tp, tp + fp));
    put('recall', rate(tp, tp + fn));
    put('specificity', rate(tn, tn + fp));
    put('f1', rate(2 * tp, 2 * tp + fp + fn));
  });
}

/* Rows with a word in them */

function prepareRowFilter(box) {
  box.hidden = false;
  const field = box.querySelector('input');
  const rows = [...box.parentElement.querySelectorAll('table[data-rows] tbody tr')];
  field.addEventListener('input', () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    const shown = rows.filter((row) => !row.hidden).length;
    box.querySelector('[role="status"]').textContent = wanted === '' ? '' : `${shown} of ${rows.length} rows`;
  });
}

/* What is still being computed: the page asks again. */

function askAgain() {
  const waiting = document.querySelector('[data-again]');
  if (!waiting) return;
  setTimeout(async () => {
    await refresh();
    askAgain();
  }, Number(waiting.dataset.again));
}

/* A row asked of a model while it is typed */

const TYPING_MS = 250;

function prepareTry(form) {
  if (!form.getAttribute('action')) return;
  let timer = null;
  let newest = 0;
  const ask = async (submitter) => {
    const own = ++newest;
    const body = new URLSearchParams(new FormData(form, submitter));
    const response = await fetch(form.action, { method: 'POST', body, headers: { accept: 'text/html' } }).catch(() => null);
    if (!response || own !== newest) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = page.querySelector('[data-answer]');
    if (fresh) document.querySelector('[data-answer]').replaceChildren(...fresh.childNodes);
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(null), TYPING_MS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void ask(event.submitter);
  });
}

/* A slider below each number, over the values that the table has */

function prepareSliders(form) {
  for (const field of form.querySelectorAll('input[data-range]')) {
    const [min, max, step] = field.dataset.range.split(' ');
    const slider = document.createElement('input');
    Object.assign(slider, { type: 'range', min, max, step, ariaLabel: `Slide ${field.closest('.field').dataset.column}` });
    const comma = field.value.includes(',');
    const follow = () => (slider.value = field.value.replace(',', '.'));
    slider.addEventListener('input', () => (field.value = comma ? slider.value.replace('.', ',') : slider.value));
    field.addEventListener('input', follow);
    follow();
    field.after(slider);
  }
}

/* Colours: as the system has them, light or dark; kept in this browser */

const THEMES = ['system', 'light', 'dark'];
const THEME_WORDS = { system: 'Auto', light: 'Light', dark: 'Dark' };

function prepareTheme(button) {
  const root = document.documentElement;
  const shown = () => root.dataset.theme ?? 'system';
  const tell = () => {
    button.textContent = THEME_WORDS[shown()];
    button.ariaLabel = `Colours: ${THEME_WORDS[shown()]}`;
  };
  button.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(shown()) + 1) % THEMES.length];
    if (next === 'system') delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      localStorage.setItem('lrnn-theme', next);
    } catch {
      // It holds for this page.
    }
    tell();
  });
  tell();
  button.hidden = false;
}

/* Moments in the zone of the reader; what the server says stays as a title */

const MOMENT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/;
const IN_ZONE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function showMoments() {
  for (const place of document.querySelectorAll('.study-meta span, .pairs dd, td')) {
    const match = place.childElementCount === 0 && MOMENT.exec(place.textContent);
    if (!match) continue;
    const time = document.createElement('time');
    time.dateTime = `${match[1]}T${match[2]}Z`;
    time.title = place.textContent;
    time.textContent = IN_ZONE.format(new Date(time.dateTime));
    place.replaceChildren(time);
  }
}

/* What is done to every page, and to every part of it that was renewed */

function prepareParts() {
  for (const form of document.querySelectorAll('[data-filters]')) prepareFilters(form);
  for (const section of document.querySelectorAll('[data-thresholds]')) prepareThresholds(section);
  for (const box of document.querySelectorAll('[data-row-filter]')) prepareRowFilter(box);
  showMoments();
}

for (const button of document.querySelectorAll('[data-theme-switch]')) prepareTheme(button);
follow();
offerNotice();
prepareParts();
askAgain();
for (const form of document.querySelectorAll('[data-try]')) {
  prepareSliders(form);
  prepareTry(form);
}
for (const form of document.querySelectorAll('[data-search-form]')) prepareForm(form);
