/**
 * Exported models outside of JavaScript: writes artefacts with predictions of ours, and has Python read and predict them.
 *
 * Usage: npm run test:python      in an environment with: pip install onnxruntime onnx safetensors numpy pandas
 *        PYTHON=path/to/python npm run test:python
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.PYTHON ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'lrnn-python-'));
let status = 1;
try {
  const steps = [
    [process.execPath, '--import', 'tsx', join(ROOT, 'test/python/write-artefacts.ts'), folder],
    [python, join(ROOT, 'test/python/check_artefacts.py'), folder, ROOT],
  ];
  for (const [program, ...args] of steps) {
    ({ status } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' }));
    if (status !== 0) break;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status ?? 1);
