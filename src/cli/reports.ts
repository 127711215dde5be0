/** @file What the smaller commands say: how a file was understood, what a prediction had to coerce, what is installed. */

import { positiveOf, positiveSentence } from '../data/index.js';
import type { DoctorLine, FilePrediction, Inspection } from '../run/index.js';
import type { Output } from './commands.js';
import { counted, formatCount } from './format.js';
import { lineWidth } from './summary.js';
import type { Column } from './table.js';
import { tableLines } from './table.js';
import { harmless, noteLine, paint } from './text.js';

/** Classes that are named; the others are counted. */
const NAMED_CLASSES = 8;
const DELIMITERS: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

/** `fit --dry-run`: the file, the target, and every column with the reason for its kind. */
export function inspectionText(inspection: Inspection, data: string, output: Output): string {
  const { rowCount, columnCount, delimiter, encoding, table } = inspection;
  const { format = `separated by ${DELIMITERS[delimiter] ?? delimiter}, ${encoding}` } = inspection;
  const style = paint(output);
  const columns: Column[] = [
    { title: 'column', maxWidth: 32, shrinks: true },
    { title: 'used as' },
    { title: 'missing', align: 'right' },
    { title: 'distinct', align: 'right' },
    { title: 'examples', maxWidth: 40, shrinks: true },
    { title: 'because', shrinks: true },
  ];
  const rows = table.map((row) => [
    row.column,
    row.role === 'target' ? 'target' : row.kind,
    formatCount(row.missing),
    formatCount(row.distinct),
    row.examples.join(', '),
    row.reason,
  ]);
  const strong = table.findIndex(({ role }) => role === 'target');
  const lines = [
    harmless(`${data}: ${counted(rowCount, 'row')}, ${counted(columnCount, 'column')}, ${format}.`),
    harmless(targetSentence(inspection)),
    ...positiveLines(inspection),
    '',
    ...tableLines(columns, rows, { width: lineWidth(output), paint: style, strong }),
    '',
    ...inspection.warnings.map((warning) => style.yellow(noteLine(warning))),
    'Nothing was fitted. Change a kind with --types column=kind, leave a column out with --ignore column.',
  ];
  return `${lines.join('\n')}\n`;
}

function targetSentence({ schema, target, task, metric }: Inspection): string {
  const { classes } = schema.target;
  const named = classes.slice(0, NAMED_CLASSES).join(', ');
  const more = classes.length > NAMED_CLASSES ? ` and ${formatCount(classes.length - NAMED_CLASSES)} more` : '';
  const what = classes.length === 0 ? '' : `, one of ${named}${more}`;
  return `To predict: ${target}${what} (${task}, ranked by ${metric}).`;
}

function positiveLines({ schema }: Inspection): string[] {
  const positive = positiveOf(schema.target);
  return positive ? [harmless(positiveSentence(positive))] : [];
}

/** The same as one JSON object. */
export function inspectionJson(inspection: Inspection, data: string): object {
  const { target, task, metric, rowCount, columnCount, delimiter, encoding, format, warnings, table, schema } =
    inspection;
  const { classes } = schema.target;
  const positive = positiveOf(schema.target);
  return {
    data,
    target,
    task,
    metric,
    classes,
    ...(positive ? { positive } : {}),
    rows: rowCount,
    columns: columnCount,
    delimiter,
    encoding,
    ...(format !== undefined && { format }),
    warnings,
    findings: inspection.findings,
    table,
  };
}

/** One sentence for each way in which the rows are unlike those of the training; none when there is none. */
export function coercions({ summary }: FilePrediction): string[] {
  const { missingColumns, extraColumns, unseenCategories, unparsable, outOfRange, maybeRenamed } = summary;
  const sentences: string[] = [];
  if (missingColumns.length > 0)
    sentences.push(`Columns that are not in the file count as missing: ${missingColumns.join(', ')}.`);
  if (extraColumns.length > 0)
    sentences.push(`Columns that the model does not know are not used: ${extraColumns.join(', ')}.`);
  for (const [name, now] of Object.entries(maybeRenamed))
    sentences.push(`"${now}" is not taken for "${name}"; rename it if it is the same.`);
  const unseen = cellCounts(unseenCategories);
  if (unseen) sentences.push(`Categories that training has not seen count as "other": ${unseen}.`);
  const odd = cellCounts(unparsable);
  if (odd) sentences.push(`Cells that cannot be read as what their column holds count as missing: ${odd}.`);
  const beyond = cellCounts(outOfRange);
  if (beyond) sentences.push(`Numbers outside the range of the training are predicted as they are: ${beyond}.`);
  return sentences.map(harmless);
}

function cellCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([column, count]) => `${column} (${counted(count, 'cell')})`)
    .join(', ');
}

/** What is here, what is missing, and the commands that install it. */
export function doctorText(lines: readonly DoctorLine[], output: Output): string {
  const style = paint(output);
  const columns: Column[] = [{ title: 'part' }, { title: 'here', align: 'left' }, { title: 'detail', shrinks: true }];
  const rows = lines.map(({ name, available, detail }) => [name, available ? 'yes' : 'no', detail]);
  const installs = lines.flatMap(({ name, install }) => (install === null ? [] : [`  ${install}   # ${name}`]));
  const text = tableLines(columns, rows, { width: lineWidth(output), paint: style });
  if (installs.length > 0) text.push('', 'To install what is missing:', ...installs.map(harmless));
  return `${text.join('\n')}\n`;
}
