/** What is built into dist: how, and which packages come with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** What programs, the shell and new threads start with. */
const DOORS = [
  'index',
  'predict',
  'server',
  'run/index',
  'run/fit/gpu-child-entry',
  'run/serve/study-thread-entry',
  'run/serve/thread-entry',
  'workers/entry',
  'cli/main',
];

/** For esbuild; `root` is the package's folder, with a slash behind it. */
export function bundleOptions(root) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  /** Installed beside the package; all else that is imported is built in. */
  const names = Object.keys({ ...dependencies, ...peerDependencies });
  return {
    absWorkingDir: root,
    entryPoints: DOORS.map((door) => `src/${door}.ts`),
    outdir: 'dist',
    outbase: 'src',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...names.flatMap((name) => [name, `${name}/*`]), '@tensorflow/*'],
    alias: { 'node-fetch': `${root}scripts/built-in/node-fetch.mjs` },
    metafile: true,
    // Names stay, and lines short enough to be pointed at.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 320,
    logLevel: 'warning',
  };
}

/** Packages that the inputs of a metafile lie in, each with the text of its licence. Throws where there is none. */
export function builtInPackages(root, inputs) {
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(resolve(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(resolve(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text = file === undefined ? '' : readFileSync(resolve(root, folder, file), 'utf8').trim();
    if (text === '') throw new Error(`${name} must not be built in: it has no text of its licence`);
    return { name, version, license, text };
  });
}
