/**
 * @file A child process: reads studies in ways that a person would, one after the other, and prints one line of JSON for each. It is a
 * process of its own because the worst of faults ends it.
 *
 * Usage: study-probe.ts <show|pages|resume> <folder of folders of studies> [table of the resumed study]
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { StudySummary } from '../../../src/automl/index.js';
import { runCommand } from '../../../src/cli/run-command.js';
import { fit, openStudy } from '../../../src/run/index.js';
import { serve } from '../../../src/server/index.js';
import { fakeCommands, fakeTerminal } from '../../cli/support/terminal.js';

export interface Finding {
  readonly name: string;
  /** Of the command line, or the worst status of a page. */
  readonly code: number;
  /** Null: nothing is wrong with how it was answered. */
  readonly fault: string | null;
}

const NOT_A_NUMBER = />[^<]*\b(NaN|undefined|Infinity)\b[^<]*</;
const PAGES = ['', '/search', '/data', '.json', '/models/ensemble', '/models/BEST', '/models/BEST/try'];

async function command(words: readonly string[]): Promise<{ code: number; fault: string | null }> {
  const terminal = fakeTerminal();
  const both = fakeCommands({ openStudy: async (folder) => openStudy(folder), fit });
  const code = await runCommand(words, both, terminal);
  const said = terminal.stderr.text();
  const isPlain = code === 0 || (code >= 3 && /^\S[^\n]*\.\n$/.test(said) && !said.includes('This is a bug'));
  const numbers = /\b(NaN|undefined|Infinity)\b/.exec(terminal.stdout.text())?.[0];
  return { code, fault: isPlain ? (numbers ?? null) : `${code}: ${said}` };
}

/** One server for all of them: what one study does to it, the others feel. */
async function* pages(): AsyncGenerator<Finding> {
  const bugs: unknown[] = [];
  const server = await serve({ reportsFolder: root, port: 0, onBug: (error) => bugs.push(error), pollMs: 5 });
  const look = async (path: string): Promise<{ status: number; fault: string | null }> => {
    const reply = await fetch(server.url + path);
    const text = await reply.text();
    const [bug] = bugs.splice(0);
    const odd = bug instanceof Error ? (bug.stack ?? bug.message) : NOT_A_NUMBER.exec(text)?.[0];
    const fault = odd ?? (reply.status < 500 ? null : text);
    return { status: reply.status, fault: fault && `${path}: ${fault}` };
  };
  const home = await look('/');
  if (home.status !== 200 || home.fault) throw new Error(`the list of studies: ${home.status}, ${home.fault}`);
  const good = (await (await fetch(`${server.url}/studies/good.json`)).json()) as StudySummary;
  const { model } = good.leaderboard.find(({ family }) => family === 'linear')!;
  for (const name of readdirSync(root)) {
    const seen = [];
    for (const page of PAGES) seen.push(await look(`/studies/${name}${page.replace('BEST', model)}`));
    const fault = seen.find((page) => page.fault !== null)?.fault ?? null;
    yield { name, code: Math.max(...seen.map(({ status }) => status)), fault };
  }
  await server.close();
}

async function* commands(): AsyncGenerator<Finding> {
  for (const name of readdirSync(root)) {
    const folder = join(root, name);
    yield { name, ...(await command(way === 'show' ? ['show', folder] : resume(folder))) };
  }
}

const [way, root, table] = process.argv.slice(2);
const resume = (out: string): string[] =>
  `fit ${table} --target y --trials 4 --models linear,dummy --workers 1 --engine wasm --out ${out} --resume --quiet`.split(
    ' ',
  );
for await (const finding of way === 'pages' ? pages() : commands())
  process.stdout.write(`${JSON.stringify(finding)}\n`);
process.exit(0);
