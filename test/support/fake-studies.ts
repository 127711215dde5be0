/** @file Studies in memory: readers over made-up views, and a search that does what the test tells it. */

import type { RunEvent, StudySummary, StudyView } from '../../src/automl/index.js';
import { countTrials } from '../../src/automl/index.js';
import { ToolkitError } from '../../src/core/index.js';
import type { ModelExplanation, StudyExplanation } from '../../src/explain/index.js';
import type { FitOptions, RowAnswer, RowsAnswer, StudyReader } from '../../src/run/index.js';
import type { Studies } from '../../src/server/studies.js';
import {
  makeDataReport,
  makeExplanation,
  makePreparation,
  makeRowAnswer,
  makeSample,
  makeStudyExplanation,
} from './explanations.js';
import { makeEvents, makeModel, makeStudy } from './studies.js';

export interface FakeStudy {
  view: StudyView;
  tags?: readonly string[];
  events: { id: number; event: RunEvent }[];
}

export interface FakeRun {
  readonly options: FitOptions;
  readonly emit: (event: RunEvent) => void;
  /** Puts the study in the list, as a run does with its first record. */
  readonly begin: (view: StudyView) => void;
  readonly finish: (summary: StudySummary) => void;
  readonly fail: (error: Error) => void;
  wasStopped: boolean;
}

export class FakeStudies implements Studies {
  readonly known = new Map<string, FakeStudy>();
  readonly runs: FakeRun[] = [];
  openReaders = 0;
  /** Called with every search that starts. */
  onStart: (run: FakeRun) => void = () => undefined;

  add(name: string, view: StudyView, events: readonly RunEvent[] = makeEvents(view)): this {
    this.known.set(name, { view, events: events.map((event, i) => ({ id: i + 1, event })) });
    return this;
  }

  /** One more event of a study, as a run writes it. */
  tell(name: string, event: RunEvent): void {
    const { events } = this.known.get(name)!;
    events.push({ id: (events.at(-1)?.id ?? 0) + 1, event });
  }

  /** Who works for the searches. */
  machines: ReturnType<StudyReader['machines']> = null;

  list(): ReturnType<Studies['list']> {
    return [...this.known].map(([name, { view, tags = [] }]) => {
      const { status, createdAt, summary } = view;
      const trials = countTrials(view.trials).ended;
      return { name, folder: `reports/${name}`, status, createdAt, summary, trials, tags };
    });
  }

  open(name: string): StudyReader | null {
    const study = this.known.get(name);
    if (!study) return null;
    this.openReaders++;
    return {
      view: () => study.view,
      model: (model) => makeModel(study.view, model),
      events: (after) => study.events.filter(({ id }) => id > after),
      lastEventId: () => study.events.at(-1)?.id ?? 0,
      edition: () => `${study.events.at(-1)?.id ?? 0}-${study.view.createdAt}-${study.view.dataSha256}`,
      machines: () => this.machines,
      data: () => makeDataReport(study.view),
      sample: () => makeSample(study.view),
      preparation: (model) => (model === 'ensemble' ? [] : makePreparation(study.view)),
      blame: (error) => error,
      close: () => void this.openReaders--,
    };
  }

  inspected: FitOptions[] = [];

  async inspect(options: FitOptions): ReturnType<Studies['inspect']> {
    this.inspected.push(options);
    const { schema, summary } = makeStudy();
    if (options.target === 'zz')
      throw new ToolkitError('data', { where: 'target', rule: 'must be a column', got: 'zz' });
    const table = schema.columns.map(({ name, kind, reason }) => ({
      ...{ column: name, kind, reason, missing: 2, distinct: 5, examples: ['x', '<b>'] },
      role: name === schema.target.name ? ('target' as const) : ('feature' as const),
    }));
    const file = { rowCount: 804, columnCount: table.length, delimiter: ',', encoding: 'utf-8' };
    const { task, metric } = summary;
    return [
      { schema, warnings: ['a warning'], findings: [], ...file, target: schema.target.name, task, metric, table },
    ];
  }

  start(options: FitOptions & { readonly out: string }): ReturnType<Studies['start']> {
    let resolve: (summary: StudySummary) => void = () => undefined;
    let reject: (error: Error) => void = () => undefined;
    const done = new Promise<StudySummary>((yes, no) => {
      [resolve, reject] = [yes, no];
    });
    done.catch(() => undefined);
    const name = options.out.split('/').at(-1)!;
    const run: FakeRun = {
      options,
      emit: (event) => {
        if (this.known.has(name)) this.tell(name, event);
        options.onEvent?.(event);
      },
      begin: (view) => void this.add(name, view, []),
      finish: resolve,
      fail: reject,
      wasStopped: false,
    };
    this.runs.push(run);
    setImmediate(() => this.onStart(run));
    const stop = (): void => {
      run.wasStopped = true;
      reject(new Error('interrupted'));
    };
    return { done, stop };
  }

  async exportModel(name: string, model: string, format: string, file: string): Promise<string> {
    const { writeFile } = await import('node:fs/promises');
    if (model === 'dummy-0') {
      throw new ToolkitError('state', { where: 'export', rule: 'must have a finished model', got: model });
    }
    await writeFile(file, `weights of ${name} ${model}`);
    if (format === 'js') await writeFile(file.replace(/mjs$/, 'd.mts'), `types of ${name} ${model}`);
    return file;
  }

  /** What interrupted studies keep of the Redis they were searched over. */
  resumeRedis: string | undefined;
  resumeShared: string | undefined;

  resumeOptions(name: string): FitOptions & { readonly out: string } {
    const { resumeRedis: redis, resumeShared: shared } = this;
    return { data: 'cars.csv', target: 'Price', resume: true, out: `reports/${name}`, redis, shared };
  }

  /** Late: it takes longer than any page waits. */
  explanations: 'there' | 'late' | 'failing' = 'there';

  private async explained<T>(value: () => T): Promise<T> {
    if (this.explanations === 'failing') throw new Error('the thread ended');
    return this.explanations === 'late' ? new Promise(() => undefined) : value();
  }

  explainModel(name: string, model: string): Promise<ModelExplanation | null> {
    return this.explained(() => makeExplanation(this.known.get(name)!.view, model));
  }

  explainStudy(name: string): Promise<StudyExplanation> {
    return this.explained(() => makeStudyExplanation(this.known.get(name)!.view));
  }

  async predictRow(
    name: string,
    _model: string,
    _edition: string,
    row: Readonly<Record<string, unknown>>,
  ): Promise<RowAnswer> {
    if (Object.values(row).includes('refuse me')) {
      throw new ToolkitError('data', { where: 'columns', rule: 'must include some of the model columns', got: 'none' });
    }
    return makeRowAnswer(this.known.get(name)!.view);
  }

  async predictRows(): Promise<RowsAnswer> {
    const summary = {
      missingColumns: [],
      extraColumns: [],
      unseenCategories: {},
      unparsable: {},
      outOfRange: {},
      maybeRenamed: {},
    };
    return { rows: 1, csv: 'prediction\n7\n', summary };
  }

  async report(name: string): Promise<string> {
    return `<!doctype html><title>report of ${name}</title>`;
  }

  setTags(name: string, tags: readonly string[]): void {
    this.known.get(name)!.tags = tags;
  }

  /** What a study's folder holds besides it. */
  readonly strangers = new Map<string, readonly string[]>();

  remove(name: string): readonly string[] | null {
    return this.known.delete(name) ? (this.strangers.get(name) ?? []) : null;
  }

  wasClosed = false;

  async close(): Promise<void> {
    this.wasClosed = true;
  }
}
