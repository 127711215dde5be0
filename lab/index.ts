/**
 * @file What the LRNN paper claims, tested by us on made data: theory, images, sound, differential equations, tomography, tables.
 *
 * Usage: npm run lab -- quick [psnr,ct]      minutes on two cores; all experiments, or those named
 *        npm run lab -- full [psnr,ct]       hours
 *        npm run lab -- check                seconds: what the tests run
 *
 * Writes reports/lab/index.html; the last line of the output is one JSON object. A run that was killed goes on where it was.
 */

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { table } from '../bench/table.js';
import type { Effort, Experiment } from './experiment.js';
import { EXPERIMENTS } from './experiments.js';
import type { Told } from './page.js';
import { page } from './page.js';
import { fingerprint, Store } from './store.js';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'reports/lab');

const [effort = '', names] = process.argv.slice(2);
const chosen = EXPERIMENTS.filter(({ name }) => names === undefined || names.split(',').includes(name));
if ((effort !== 'check' && effort !== 'quick' && effort !== 'full') || chosen.length === 0) {
  const known = EXPERIMENTS.map(({ name, question }) => `  ${name.padEnd(10)} ${question}`);
  console.error(['lab: say quick or full, and which experiments if not all:', ...known].join('\n'));
  process.exitCode = 2;
} else {
  await run(effort, chosen);
}

async function run(effort: Effort, experiments: readonly Experiment[]): Promise<void> {
  const programs = fingerprint([join(ROOT, 'lab'), join(ROOT, 'src/engine')]);
  const store = new Store(join(FOLDER, `${effort}-${programs}`));
  const told: Told[] = [];
  const summary: Record<string, unknown> = {};
  for (const experiment of experiments) {
    const { name, question } = experiment;
    console.log(`\n== ${name}: ${question}\n`);
    const outcome = await experiment.run(effort, store);
    for (const { head, rows } of outcome.tables) console.log(`${table(head, rows).join('\n')}\n`);
    console.log(outcome.words.join('\n'));
    told.push({ question, outcome });
    summary[name] = outcome.summary;
  }
  write(effort, told);
  console.log(JSON.stringify({ ...summary, seconds: Math.round(store.seconds) }));
}

function write(effort: Effort, told: readonly Told[]): void {
  const lead = `What the LRNN paper claims, tested on made data by npm run lab -- ${effort}.`;
  const path = join(FOLDER, 'index.html');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${path}.part`, page('The lab', lead, told));
  renameSync(`${path}.part`, path);
  console.log(`\n${path}\n`);
}
