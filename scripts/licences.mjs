/**
 * What the published package brings along: writes a bill of materials (CycloneDX, by `npm sbom`), lists licences, and fails for one that
 * is not allowed.
 *
 * Usage: node scripts/licences.mjs [file]        (npm run licences; default: .cache/sbom.json)
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Ask for no more than a notice. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'];

const out = resolve(ROOT, process.argv[2] ?? '.cache/sbom.json');
const words = ['sbom', '--omit=dev', '--package-lock-only', '--sbom-format=cyclonedx'];
const { status, stdout, stderr } = spawnSync('npm', words, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 });
if (status !== 0) {
  console.error(`licences: npm sbom failed: ${stderr.trim().split('\n').at(-1)}`);
  process.exit(1);
}
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, stdout);
const { components } = JSON.parse(stdout);

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
