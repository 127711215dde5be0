/** @file Any finished model of a study as a file of its own. */

import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

import type { PredictorParts, StudySettings } from '../../automl/index.js';
import { deliveredParts, studyRecord, unknownModel } from '../../automl/index.js';
import { check, ToolkitError } from '../../core/index.js';
import { encodeOnnx, encodeStandalone, planOf } from '../../export/index.js';
import { readTemplate, writeWhole } from '../../export/node.js';
import { openSqliteStorage } from '../../search/node.js';
import type { ExportFormat } from '../contract.js';
import { unseenRows } from '../fit/refit.js';
import { contentOf, requirePass, saveModel, saveTargets } from '../predict/bundle.js';
import { openOnnx } from '../predict/onnx-runtime.js';
import { replayOnnx, replayStandalone } from '../predict/verify.js';
import { openStudy, readingStudy } from '../study/study-folder.js';
import { MODEL_FILE, studyFile } from '../study/study-paths.js';
import type { StudyTarget } from '../study/targets.js';
import { readTargets, targetFolder } from '../study/targets.js';
import { exportReport } from './report.js';
import { exportCard, exportTables } from './take-away.js';

/** Returns a sentence where something could not be checked. */
type Writer = (path: string, parts: PredictorParts, settings: StudySettings) => Promise<string | null>;

const WRITERS: Readonly<Partial<Record<ExportFormat, { readonly extension: string; readonly write: Writer }>>> = {
  safetensors: {
    extension: '.safetensors',
    write: async (path, parts, settings) => {
      await saveModel(path, parts, settings);
      return null;
    },
  },
  onnx: { extension: '.onnx', write: writeOnnx },
  js: { extension: '.mjs', write: writeStandalone },
};

/**
 * Writes the named model (null: the best on the leaderboard) into `out`, or into the study folder.
 *
 * The artefact replays its self-test before it is written: one that does not pass is not written. An ONNX file is replayed
 * where ONNX Runtime is installed; where it is not, `notice` is told so. It is also told of a model that has not seen the
 * held-out rows in a study that gives them back.
 *
 * Throws   usage: no such model, a format that this version does not write; state: nothing finished yet; data: self-test
 */
export async function exportModel(
  folder: string,
  model: string | null,
  format: ExportFormat,
  out: string | null,
  notice: (sentence: string) => void = () => undefined,
): Promise<string> {
  const targets = readTargets(folder);
  if (targets?.length) return exportTargets({ folder, targets, model, format, out, notice });
  if (format === 'html') return exportReport(folder, out);
  if (format === 'card') return exportCard({ folder, model, out });
  if (format === 'csv') return exportTables({ folder, model, out });
  const writer = WRITERS[format];
  check(writer !== undefined, 'export', 'format must be safetensors, onnx, js, html, card or csv', format);
  const reader = openStudy(folder);
  const view = reader.view();
  reader.close();
  const finished = view.trials.filter(({ state }) => state === 'complete').map((trial) => trial.model);
  if (view.ensemble.length > 0) finished.unshift('ensemble');
  const name = model ?? view.summary.best ?? '';
  if (!finished.includes(name)) throw unknownModel(name, finished);
  const storage = openSqliteStorage(studyFile(folder), { readonly: true });
  try {
    const path = out ?? join(folder, `${name}${writer.extension}`);
    const unchecked = await readingStudy(studyFile(folder), () =>
      writer.write(path, deliveredParts(storage, name), studyRecord.settings(storage)!),
    );
    if (unchecked !== null) notice(unchecked);
    const unseen = unseenRows(storage, name);
    if (unseen !== null) notice(unseen);
    return path;
  } finally {
    storage.close();
  }
}

interface TargetsExport {
  readonly folder: string;
  readonly targets: readonly StudyTarget[];
  readonly model: string | null;
  readonly format: ExportFormat;
  readonly out: string | null;
  readonly notice: (sentence: string) => void;
}

/** A model file holds all targets; other formats are of one model each, and lie in the folders of their studies. */
async function exportTargets({ folder, targets, model, format, out, notice }: TargetsExport): Promise<string> {
  const columns = targets.map(({ target }) => target).join(', ');
  const hint = `It has ${columns}: export that of one target, from the folder ${targetFolder(folder, targets[0])} and its like.`;
  check(model === null, 'export', 'a model must be one of a single target', model, hint);
  if (format === 'safetensors') {
    const path = out ?? join(folder, MODEL_FILE);
    const files = targets.map((own) => join(targetFolder(folder, own), MODEL_FILE));
    const missing = files.findIndex((file) => !existsSync(file));
    const rule = 'the models of all targets must be there';
    const got = `none of ${targets[missing]?.target}`;
    if (missing >= 0) throw new ToolkitError('state', { where: 'export', rule, got, hint: GO_ON });
    await saveTargets(path, files);
    return path;
  }
  check(out === null, 'export', `a file of ${format} must be of a single target`, out, hint);
  const paths: string[] = [];
  for (const own of targets) paths.push(await exportModel(targetFolder(folder, own), null, format, null, notice));
  return paths.join(', ');
}

const GO_ON = 'Go on with lrnn fit ... --resume.';

/** An ONNX file; replayed before it is written where a runtime is installed. */
async function writeOnnx(path: string, parts: PredictorParts, settings: StudySettings): Promise<string | null> {
  const plan = planOf(parts);
  const bytes = await encodeOnnx(plan, await contentOf(parts, plan, settings));
  const session = await openOnnx(bytes);
  await session?.close();
  if (session) requirePass(path, (await replayOnnx(bytes, session.runtime)).result);
  await writeWhole(path, bytes);
  return session
    ? null
    : `${basename(path)} was not tested: ONNX Runtime is not installed (npm install onnxruntime-web)`;
}

/** A JavaScript module, run from memory before it is written, and its types beside it. */
async function writeStandalone(path: string, parts: PredictorParts, settings: StudySettings): Promise<string | null> {
  check(/^\.m?js$/.test(extname(path)), 'export', 'a JavaScript file must end in .mjs or .js', path);
  const plan = planOf(parts);
  const { code, types } = await encodeStandalone(plan, await readTemplate(), await contentOf(parts, plan, settings));
  const bytes = new TextEncoder().encode(code);
  requirePass(path, await replayStandalone(`data:text/javascript;base64,${Buffer.from(bytes).toString('base64')}`));
  await writeWhole(path, bytes);
  await writeWhole(path.replace(/js$/, 'ts').replace(/\.(m?)ts$/, '.d.$1ts'), new TextEncoder().encode(types));
  return null;
}
