/** @file Files that a study and its models give away: models in every format, tables, cards. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ModelTable, StudyTable } from '../report/index.js';
import type { ArtefactFormat } from '../report/index.js';
import {
  ARTEFACT_EXTENSIONS,
  artefactName,
  foldsCsv,
  holdoutCsv,
  importancesCsv,
  leaderboardCsv,
  modelCard,
  outOfFoldCsv,
  trialsCsv,
  worstCsv,
} from '../report/index.js';
import type { StudyReader } from '../run/index.js';
import { DOWNLOAD_PREFIX, type Handlers, requireModel } from './handlers.js';
import type { Reply } from './http.js';
import { HttpError } from './http.js';
import type { Studies } from './studies.js';

const STUDY_WRITERS = { leaderboard: leaderboardCsv, trials: trialsCsv, folds: foldsCsv } as const;

export class TakeAwayHandlers {
  constructor(
    private readonly handlers: Handlers,
    private readonly studies: Studies,
  ) {}

  /** Of a whole study; a running one as far as it is. */
  async studyTable(name: string, table: StudyTable): Promise<Reply> {
    const reader = this.handlers.require(name);
    return this.handlers.using(reader, () =>
      attached(STUDY_WRITERS[table](reader.view()), `${artefactName(name, table)}.csv`, 'text/csv; charset=utf-8'),
    );
  }

  async modelTable(name: string, model: string, table: ModelTable): Promise<Reply> {
    const reader = this.handlers.require(name);
    return this.handlers.using(reader, async () => {
      requireModel(reader.view(), name, model);
      const text = await this.modelText(reader, name, model, table);
      return attached(text, `${artefactName(name, model)}-${table}.csv`, 'text/csv; charset=utf-8');
    });
  }

  private async modelText(reader: StudyReader, name: string, model: string, table: ModelTable): Promise<string> {
    if (table === 'oof') return outOfFoldCsv(reader.view(), reader.model(model));
    if (table === 'holdout') {
      const text = holdoutCsv(reader.view(), reader.model(model));
      if (text === null)
        throw new HttpError(
          404,
          `holdout: ${model} was not scored on held-out rows, or its study kept no predictions of them.`,
        );
      return text;
    }
    const explanation = await this.studies.explainModel(name, model, reader.edition());
    if (!explanation) throw new HttpError(404, `${table}: the study keeps no rows to explain with.`);
    return table === 'worst' ? worstCsv(reader.view(), explanation) : importancesCsv(explanation);
  }

  async card(name: string, model: string): Promise<Reply> {
    const reader = this.handlers.require(name);
    return this.handlers.using(reader, async () => {
      const study = reader.view();
      requireModel(study, name, model);
      const explanation = await this.studies.explainModel(name, model, reader.edition()).catch(() => null);
      const text = modelCard({ study, view: reader.model(model), name, explanation });
      return attached(text, `${artefactName(name, model)}-card.md`, 'text/markdown; charset=utf-8');
    });
  }

  /** The model as a file, made for this request. */
  async download(name: string, model: string, asked: string | undefined): Promise<Reply> {
    const reader = this.handlers.require(name);
    await this.handlers.using(reader, () => requireModel(reader.view(), name, model));
    const format = formatOf(asked);
    const temporary = await this.handlers.temporaries.make(tmpdir(), DOWNLOAD_PREFIX);
    const cleanUp = (): Promise<void> => temporary.remove();
    try {
      const written = format === 'types' ? 'js' : format;
      const path = join(temporary.folder, `model${ARTEFACT_EXTENSIONS[written]}`);
      const made = await this.studies.exportModel(name, model, written, path);
      const file = format === 'types' ? path.replace(/\.mjs$/, ARTEFACT_EXTENSIONS.types) : made;
      const fileName = `${artefactName(name, model)}${ARTEFACT_EXTENSIONS[format]}`;
      const headers = { 'content-type': TYPES[format], 'content-disposition': disposition(fileName) };
      return { status: 200, headers: { ...headers, 'cache-control': 'no-store' }, body: { file, cleanUp } };
    } catch (error) {
      await cleanUp();
      throw error;
    }
  }
}

const TYPES: Readonly<Record<ArtefactFormat, string>> = {
  safetensors: 'application/octet-stream',
  onnx: 'application/octet-stream',
  js: 'text/javascript; charset=utf-8',
  types: 'text/plain; charset=utf-8',
};

function formatOf(asked: string | undefined): ArtefactFormat {
  if (asked === undefined) return 'safetensors';
  if (Object.hasOwn(ARTEFACT_EXTENSIONS, asked)) return asked as ArtefactFormat;
  throw new HttpError(
    400,
    `download: format must be safetensors, onnx, js or types, got ${JSON.stringify(asked.slice(0, 40))}.`,
  );
}

/** A file of text that is saved and not shown. */
function attached(body: string, fileName: string, type: string): Reply {
  const headers = { 'content-type': type, 'content-disposition': disposition(fileName), 'cache-control': 'no-store' };
  return { status: 200, headers, body };
}

function disposition(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName)}`;
}
