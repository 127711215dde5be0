/**
 * What the published package brings along, installed beside it or built in: writes a bill of materials (CycloneDX, by `npm sbom`), lists licences, and fails for one that
 * is not allowed.
 *
 * Usage: node scripts/licences.mjs [file]        (npm run licences; default: .cache/sbom.json)
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { builtInPackages, bundleOptions } from './built-in/packages.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Ask for no more than a notice. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'];

const out = resolve(ROOT, process.argv[2] ?? '.cache/sbom.json');
const sbom = bill('--omit=dev');
await addBuiltIn(sbom);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify(sbom, null, 2)}\n`);
const { components } = sbom;

const byLicence = new Map();
for (const { name, version, licenses = [] } of components) {
  const said = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name);
  const licence = said[0] ?? oldStyle(name) ?? 'none';
  byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${name}@${version}`]);
}
const lines = [...byLicence].sort(([, a], [, b]) => b.length - a.length);
for (const [licence, packages] of lines) console.log(`${String(packages.length).padStart(4)} ${licence}`);
console.log(`${components.length} packages, listed in ${out}`);

const refused = lines.filter(([licence]) => !isAllowed(licence));
for (const [licence, packages] of refused) console.error(`licences: not allowed: ${licence} (${packages.join(', ')})`);
process.exit(refused.length === 0 ? 0 : 1);

/** What npm says of the packages in the lock file. */
function bill(...only) {
  const words = ['sbom', ...only, '--package-lock-only', '--sbom-format=cyclonedx'];
  const { status, stdout, stderr } = spawnSync('npm', words, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return JSON.parse(stdout);
  console.error(`licences: npm sbom failed: ${stderr.trim().split('\n').at(-1)}`);
  process.exit(1);
}

/** What is built into dist is published, too, though nobody installs it; bundled here once more, for dist may not be there. */
async function addBuiltIn(sbom) {
  const { metafile } = await build({ ...bundleOptions(ROOT), write: false });
  const all = bill();
  const known = new Set(sbom.components.map((one) => one['bom-ref']));
  for (const { name, version } of builtInPackages(ROOT, Object.keys(metafile.inputs))) {
    const found = all.components.find((one) => one.name === name && one.version === version);
    if (!found) throw new Error(`licences: ${name}@${version} is built in, but not in package-lock.json (npm ci)`);
    if (known.has(found['bom-ref'])) continue;
    known.add(found['bom-ref']);
    const properties = found.properties?.filter((one) => one.name !== 'cdx:npm:package:development') ?? [];
    sbom.components.push({ ...found, properties });
    sbom.dependencies.push(all.dependencies.find(({ ref }) => ref === found['bom-ref']));
  }
  const root = sbom.dependencies.find(({ ref }) => ref === sbom.metadata.component['bom-ref']);
  const own = all.dependencies.find(({ ref }) => ref === root.ref).dependsOn;
  root.dependsOn = own.filter((ref) => known.has(ref));
  sbom.dependencies = sbom.dependencies.map((one) => ({
    ...one,
    dependsOn: one.dependsOn.filter((ref) => known.has(ref)),
  }));
}

/** The list that package.json had before it had a word for licences; lock files do not know it. */
function oldStyle(name) {
  try {
    const { licenses } = JSON.parse(readFileSync(resolve(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
    return licenses?.[0]?.type;
  } catch {
    return undefined;
  }
}

/** One choice of several is enough; of several that hold together all must be allowed. */
function isAllowed(licence) {
  const all = licence.replace(/^\((.*)\)$/, '$1');
  if (all.includes(' OR ')) return all.split(' OR ').some((one) => isAllowed(one.trim()));
  return all.split(' AND ').every((one) => ALLOWED.includes(one.trim()));
}
