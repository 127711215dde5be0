/**
 * Writes docs/api: what each public door of the built package exports, without the words, so that a review sees every change of a type
 * that others build on; and the schema of lrnn.config.json.
 *
 * Usage: node scripts/api.mjs [--check]        (npm run api; --check writes nothing and fails where a report is not up to date)
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import prettier from 'prettier';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = `${ROOT}docs/api`;
const SCHEMA = `${ROOT}lrnn.config.schema.json`;
const BUILT = /^\.\/dist\/(\w+)\.d\.ts$/;

const { name, exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const isCheck = process.argv.includes('--check');
const config = await prettier.resolveConfig(`${FOLDER}/index.md`);
const stale = [];
for (const [path, { types }] of Object.entries(exports)) {
  const door = BUILT.exec(types ?? '')?.[1];
  if (!door) continue;
  const text = await reportOf(name + path.slice(1), `${ROOT}dist/${door}.d.ts`);
  const file = `${FOLDER}/${door}.md`;
  if (isCheck && readOr(file) !== text) stale.push(`docs/api/${door}.md`);
  if (isCheck) continue;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, text);
}
const schema = spawnSync(process.execPath, [`${ROOT}dist/cli/main.js`, 'init', '--schema'], {
  encoding: 'utf8',
}).stdout;
const shipped = await prettier.format(schema, { ...config, parser: 'json' });
if (!isCheck) writeFileSync(SCHEMA, shipped);
else if (readOr(SCHEMA) !== shipped) stale.push('lrnn.config.schema.json');
if (stale.length > 0) {
  console.error(
    `api: ${stale.join(', ')} must say what the package exports. If the change is meant: npm run build && npm run api`,
  );
  process.exit(1);
}

async function reportOf(door, file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const code = ts.createPrinter({ removeComments: true }).printFile(source);
  const text = `# ${door}\n\nWritten by \`npm run api\`; \`dist\` has the same with its words.\n\n\`\`\`ts\n${code}\`\`\`\n`;
  return prettier.format(text, { ...config, parser: 'markdown' });
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
