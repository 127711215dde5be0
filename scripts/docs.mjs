/**
 * Builds the documentation as a site of files: guides from docs, the command line from its words, the library from its docstrings (docs/decisions/documentation-site.md).
 * Nothing of it asks a network, and it opens from disk.
 *
 * Usage: node --import tsx scripts/docs.mjs [folder]        (npm run docs; default: site)
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Application } from 'typedoc';

import { helpText } from '../src/cli/help.ts';
import { COMMANDS } from '../src/cli/options.ts';
import { drawAll } from './docs/plots.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = resolve(process.argv[2] ?? join(ROOT, 'site'));
/** A file that every site has and no folder of sources. */
const MARK = 'assets/hierarchy.js';
/** What TypeDoc reads: copies that say where they belong. */
const STAGE = join(ROOT, '.cache/docs');
const GROUPS = ['Learn', 'How to', 'Reference', 'Explanation', 'Decisions', 'Project'];
/** Pages in their order; the rest of a folder follows by its names. */
const PAGES = [
  ['Learn', 'docs/README.md', 'docs/tutorial.md'],
  ['How to', 'docs/how-to/*.md', 'docs/clusters.md', 'docs/behind-a-proxy.md'],
  [
    'Reference',
    'docs/command-line.md',
    'docs/prediction-contract.md',
    'docs/exports.md',
    'docs/model-file.md',
    'docs/pages.md',
  ],
  ['Explanation', 'docs/explain/*.md', 'docs/accuracy.md', 'docs/lab.md'],
  ['Decisions', 'docs/decisions/*.md'],
  ['Project', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'deploy/README.md', 'datasets/README.md'],
];
/** Links from pages to what is no page lead to copies of these. */
const COPIED = ['docs', 'examples', 'deploy', 'datasets', 'README.md', 'LICENSE', 'lrnn.config.schema.json'];

// TypeDoc empties the folder that it writes into.
if (existsSync(OUT) && readdirSync(OUT).length > 0 && !existsSync(join(OUT, MARK))) {
  console.error(`docs: folder must be empty or an earlier site, got ${OUT}. Its files would be deleted.`);
  process.exit(2);
}
rmSync(STAGE, { recursive: true, force: true });
for (const path of COPIED) cpSync(join(ROOT, path), join(STAGE, path), { recursive: true });
drawAll(join(STAGE, 'docs/explain'));
writeFileSync(join(STAGE, 'docs/command-line.md'), commandLine());
const pages = PAGES.flatMap(([group, ...patterns]) => patterns.flatMap(matches).map((path) => stage(group, path)));
// The first page: what npm shows, led to the pages beside it.
writeFileSync(join(STAGE, 'README.md'), linked(read('README.md').replace(/^# .+\n+/, ''), '.'));

const app = await Application.bootstrapWithPlugins({
  name: 'lrnn-automl',
  entryPoints: ['src/index.ts', 'src/predict.ts', 'src/server.ts'].map((path) => join(ROOT, path)),
  tsconfig: join(ROOT, 'tsconfig.build.json'),
  skipErrorChecking: true,
  readme: join(STAGE, 'README.md'),
  projectDocuments: pages,
  out: OUT,
  basePath: STAGE,
  customCss: join(ROOT, 'scripts/docs/site.css'),
  includeVersion: true,
  searchInComments: true,
  searchInDocuments: true,
  searchGroupBoosts: Object.fromEntries(['Learn', 'How to', 'Reference'].map((name) => [name, 2])),
  groupOrder: [...GROUPS, '*'],
  navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
  navigationLeaves: [],
  sort: ['source-order'],
  sortEntryPoints: false,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  hideGenerator: true,
  githubPages: false,
  markdownLinkExternal: false,
  blockTags: ['@file', '@example', '@module', '@param', '@returns', '@throws', '@deprecated'],
  highlightLanguages: [
    'bash',
    'shellscript',
    'javascript',
    'typescript',
    'json',
    'html',
    'css',
    'python',
    'nginx',
    'yaml',
    'tsx',
    'csv',
  ],
  ignoredHighlightLanguages: ['text', 'caddyfile'],
  validation: {
    notExported: false,
    invalidLink: true,
    invalidPath: true,
    rewrittenLink: false,
    notDocumented: false,
    unusedMergeModuleWith: false,
  },
  logLevel: 'Warn',
  treatWarningsAsErrors: false,
});
app.converter.on('createDeclaration', (_context, reflection) => {
  const [path, door] = /(?:^|\/)src(?:\/(\w+))?$/.exec(reflection.name) ?? [];
  if (path !== undefined) reflection.name = door ? `lrnn-automl/${door}` : 'lrnn-automl';
});
// Docstrings say in lines of their own what is thrown, random, missing.
app.converter.on('resolveBegin', ({ project: all }) => {
  for (const { comment } of Object.values(all.reflections))
    for (const part of comment?.summary ?? [])
      part.text = part.text.replace(/(?<=^|\n)([A-Z][a-z]+) {2,}/g, '\n\n**$1**: ');
});
const project = await app.convert();
if (!project) throw new Error('docs: the sources could not be read');
await app.generateDocs(project, OUT);
if (app.logger.hasErrors()) process.exit(1);
console.log(`Documentation: ${relative(process.cwd(), join(OUT, 'index.html'))}`);

/** Paths below the root that a pattern names, of a folder by name. */
function matches(pattern) {
  if (!pattern.endsWith('*.md'))
    return existsSync(join(STAGE, pattern)) || existsSync(join(ROOT, pattern)) ? [pattern] : [];
  const folder = dirname(pattern);
  if (!existsSync(join(ROOT, folder))) return [];
  const named = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md'));
  return named.sort().map((name) => join(folder, name));
}

/** Writes a page with what TypeDoc must know of it; its first heading is its title. */
function stage(group, path) {
  const file = join(STAGE, path);
  const text = readFileSync(existsSync(file) ? file : join(ROOT, path), 'utf8');
  const [, title = path] = /^# (.+)$/m.exec(text) ?? [];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    `---\ntitle: ${JSON.stringify(title.replaceAll('`', ''))}\ngroup: ${JSON.stringify(group)}\n---\n\n${linked(text, dirname(path))}`,
  );
  return file;
}

/** Names of pages that stand as code, `docs/exports.md`, become links. */
function linked(text, folder) {
  const name = /(?<!\[)`((?:docs\/|decisions\/)?[\w/-]+\.md)`/g;
  return text.replace(name, (code, path) => {
    // The first page is no page that links find by its name.
    if (path === 'README.md') return code;
    const file = ['.', 'docs', folder].map((from) => join(from, path)).find((one) => existsSync(join(ROOT, one)));
    return file === undefined ? code : `[${code}](${relative(folder, file)})`;
  });
}

/** The help of every command, as a page. */
function commandLine() {
  const parts = Object.entries(COMMANDS).map(([name, { summary }]) => {
    const help = helpText(name, 100).replace(/^Usage: /, '');
    return `## lrnn ${name}\n\n${summary[0].toUpperCase()}${summary.slice(1)}.\n\n\`\`\`text\n${help.trim()}\n\`\`\`\n`;
  });
  return `# Command line\n\nWhat \`lrnn <command> --help\` prints, in one page.\n\n\`\`\`text\n${helpText(null, 100).trim()}\n\`\`\`\n\n${parts.join('\n')}`;
}

function read(path) {
  return readFileSync(join(ROOT, path), 'utf8');
}
