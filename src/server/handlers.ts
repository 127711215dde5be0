/** @file What the server answers, as functions of plain data: no HTTP library, no sockets. */

import type { Readable } from 'node:stream';

import type { StudyView } from '../automl/index.js';
import { ToolkitError } from '../core/index.js';
import {
  artefactName,
  dataPage,
  errorPage,
  explainedModels,
  homePage,
  isLastEvent,
  links,
  modelPage,
  readHomeQuery,
  searchForm,
  searchPage,
  startingPage,
  studyPage,
} from '../report/index.js';
import type { Page } from '../report/node.js';
import { renderPage } from '../report/node.js';
import type { ClusterLook, ClusterWatch, StudyListEntry, StudyReader } from '../run/index.js';
import { otherRedis } from '../run/index.js';
import type { Headers, Reply } from './http.js';
import { describeError, htmlReply, HttpError, jsonReply, redirect } from './http.js';
import type { LiveSource } from './live.js';
import { Parked } from './parked.js';
import { Runs } from './runs.js';
import type { Followed } from './shared-readers.js';
import { SharedReaders } from './shared-readers.js';
import { soon } from './soon.js';
import type { FormShown } from './starts.js';
import { Starts } from './starts.js';
import type { Studies } from './studies.js';
import { isStudyName } from './studies.js';
import { Temporaries } from './temporary.js';

export interface HandlerOptions {
  readonly studies: Studies;
  readonly reportsFolder: string;
  readonly maxUploadBytes: number;
  /** How long a form waits for its search to begin before the browser is sent to its page. */
  readonly patienceMs?: number;
  /** Shows and starts nothing. */
  readonly readOnly?: boolean;
  /** Where searches may go instead of this machine; null or left out: nowhere. */
  readonly cluster?: Pick<ClusterWatch, 'look' | 'place' | 'placeFor'> | null;
  /** Milliseconds for which those who follow a study share a look at it. */
  readonly lookMs?: number;
}

/** Words of an address. */
export type Query = Readonly<Record<string, string | undefined>>;

/** Of folders in the system's folder for temporary files. */
export const DOWNLOAD_PREFIX = 'lrnn-download-';

const MAX_CACHED_PAGES = 64;
const LOOK_MS = 200;
/** Events that a page shows and reads its progress from. */
const MAX_EVENTS = 600;
/** A page waits so long for an explanation; then it is shown without, and asks again. */
const EXPLAIN_PATIENCE_MS = 60;

export class Handlers {
  readonly runs: Runs;
  readonly temporaries = new Temporaries();
  readonly parked: Parked;
  private readonly starts: Starts;
  /** Pages of finished studies: they do not change. */
  private readonly cache = new Map<string, string>();
  private readonly followed: SharedReaders;
  /** The home page of the list that it was drawn for. */
  private drawnHome: { readonly of: readonly StudyListEntry[]; readonly look: string; readonly html: string } | null =
    null;

  constructor(private readonly options: HandlerOptions) {
    this.runs = new Runs(options.studies);
    const { studies, reportsFolder, maxUploadBytes, patienceMs = 2000, cluster = null } = options;
    this.parked = new Parked(reportsFolder);
    this.starts = new Starts({
      studies,
      runs: this.runs,
      parked: this.parked,
      temporaries: this.temporaries,
      reportsFolder,
      maxUploadBytes,
      patienceMs,
      place: cluster?.place ?? null,
      form: (status, shown) => this.formReply(status, shown),
    });
    this.followed = new SharedReaders(options.lookMs ?? LOOK_MS);
  }

  /** A study that is taken away: another may get its name. */
  forget(name: string): void {
    this.followed.forget(name);
  }

  /** Numbers for the keeper of the server. */
  gauges(): { readonly followedStudies: number; readonly runningSearches: number } {
    return { followedStudies: this.followed.size, runningSearches: this.runs.runningCount };
  }

  async home(words: Query = {}): Promise<Reply> {
    const { studies, reportsFolder, maxUploadBytes, readOnly = false } = this.options;
    const of = studies.list();
    const place = readOnly ? null : await this.place();
    const query = readHomeQuery(words);
    const queue = readOnly ? [] : this.runs.queued();
    const notStarted = readOnly ? [] : this.parked.all();
    const look = JSON.stringify([place, query, queue, notStarted]);
    if (this.drawnHome?.of !== of || this.drawnHome.look !== look) {
      const form = readOnly ? null : searchForm({ maxUploadBytes, place });
      const page = homePage(of, reportsFolder, form, { query, queue, notStarted });
      this.drawnHome = { of, look, html: await this.render({ view: 'home', page }) };
    }
    return htmlReply(200, this.drawnHome.html);
  }

  async newSearch(): Promise<Reply> {
    return this.formReply(200, { values: {}, error: null, kept: null, look: null });
  }

  /** The page of a study, or its JSON twin when the name ends so and no study has that very name. */
  async study(name: string, query: Query = {}): Promise<Reply> {
    const reader = this.open(name);
    if (reader) return this.using(reader, () => this.studyReply(name, reader, query));
    const twin = name.endsWith('.json') ? this.open(name.slice(0, -5)) : null;
    if (twin) return this.using(twin, () => jsonReply(twin.view().summary));
    const run = this.runs.get(name);
    const place = this.runs.queued().indexOf(name);
    if (place >= 0)
      return htmlReply(200, await this.render({ view: 'starting', page: startingPage(name, [], place + 1) }));
    const board = this.options.studies.boards?.(name)?.find((own) => this.isThere(own.name));
    if (board) return redirect(links.study(board.name));
    if (run?.failure) throw run.failure;
    if (!run && this.parked.get(name)) throw neverStarted(name);
    if (!run) throw noStudy(name);
    return htmlReply(200, await this.render({ view: 'starting', page: startingPage(name, run.early) }));
  }

  private isThere(name: string): boolean {
    const reader = this.open(name);
    reader?.close();
    return reader !== null;
  }

  private async studyReply(name: string, reader: StudyReader, query: Query): Promise<Reply> {
    const run = this.runs.get(name);
    const failure = run?.failure ? describeError(run.failure).message : null;
    const unfinished = run?.isRunning ? null : (this.options.studies.unfinished?.(name) ?? null);
    const key = JSON.stringify(['study', name, query, failure, unfinished]);
    const body = await this.cached(key, reader, async (edition) => {
      const view = reader.view();
      const found = view.status === 'complete' ? await this.explainOverview(name, view, edition) : null;
      const canStop = run?.isRunning ?? false;
      const events = reader.events(Math.max(0, reader.lastEventId() - MAX_EVENTS));
      const isExplaining = found?.isExplaining ?? false;
      const machines = reader.machines();
      const boards = this.options.studies.boards?.(name) ?? [];
      const whole = { boards, failure, unfinished };
      const page = studyPage(view, { name, events, canStop, query, machines, ...whole, ...found });
      return { html: await this.render({ view: 'study', page }), isFinal: !isExplaining };
    });
    return htmlReply(200, body);
  }

  /** The models together, the best one, and the best LRNN: whatever is there in time. */
  private async explainOverview(name: string, view: StudyView, edition: string) {
    const { studies } = this.options;
    const ask = (model: string | null) =>
      soon(model === null ? Promise.resolve(null) : studies.explainModel(name, model, edition), EXPLAIN_PATIENCE_MS);
    const models = explainedModels(view);
    const [together, best, lrnn] = await Promise.all([
      soon(studies.explainStudy(name, edition), EXPLAIN_PATIENCE_MS),
      ask(models.best),
      ask(models.lrnn),
    ]);
    return {
      explanation: together.value,
      explained: { best: best.value, lrnn: lrnn.value },
      isExplaining: [together, best, lrnn].some(({ isPending }) => isPending),
    };
  }

  /** The pages of a study besides its first. */
  async part(name: string, part: 'search' | 'data', query: Query = {}): Promise<Reply> {
    const reader = this.require(name);
    return this.using(reader, async () => {
      const body = await this.cached(JSON.stringify([part, name, query]), reader, async () => {
        const view = reader.view();
        const page: Page =
          part === 'search'
            ? { view: 'search', page: searchPage(view, name, query) }
            : { view: 'data', page: dataPage(view, reader.data(), name, reader.sample()) };
        return { html: await this.render(page), isFinal: true };
      });
      return htmlReply(200, body);
    });
  }

  async model(name: string, model: string, { by, with: other }: Query = {}): Promise<Reply> {
    const reader = this.require(name);
    return this.using(reader, async () => {
      const view = reader.view();
      requireModel(view, name, model);
      const body = await this.cached(JSON.stringify(['model', name, model, by, other]), reader, async (edition) => {
        const found = await soon(this.options.studies.explainModel(name, model, edition), EXPLAIN_PATIENCE_MS);
        const preparation = reader.preparation(model);
        const sample = reader.sample();
        const query = { by, with: other };
        const extras = { explanation: found.value, isExplaining: found.isPending, preparation, sample, query };
        const page = modelPage(view, reader.model(model), name, extras);
        return { html: await this.render({ view: 'model', page }), isFinal: !found.isPending };
      });
      return htmlReply(200, body);
    });
  }

  /** The report as a file of its own. */
  async report(name: string): Promise<Reply> {
    const reader = this.require(name);
    await this.using(reader, () => requireModels(reader.view(), name));
    const body = await this.options.studies.report(name);
    const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(`${artefactName(name, 'report')}.html`)}`;
    return { ...htmlReply(200, body), headers: { ...htmlReply(200, '').headers, 'content-disposition': disposition } };
  }

  /** The form with a file: starts a search and leads to its page, or shows what would be understood of it. */
  start(body: Readable, headers: Headers): Promise<Reply> {
    return this.starts.submit(body, headers);
  }

  /** A search that waits goes before the one in front of it. */
  async moveUp(name: string): Promise<Reply> {
    if (!this.runs.moveUp(name)) throw noStudy(name);
    return redirect(links.home);
  }

  /** A search that waits or was not started, and the file that was sent for it. */
  async dequeue(name: string): Promise<Reply> {
    if (this.runs.dequeue(name) === null) this.requireParked(name);
    this.runs.forget(name);
    this.parked.remove(name);
    return redirect(links.home);
  }

  /** A search that a server before this one did not start, or that could not begin. */
  async startAgain(name: string): Promise<Reply> {
    this.requireParked(name);
    await this.starts.again(name);
    return redirect(links.study(name));
  }

  private requireParked(name: string): void {
    if (this.parked.get(name)) return;
    if (!this.options.studies.boards?.(name) && !this.isThere(name)) throw noStudy(name);
    const hint = 'Its page shows how far it is.';
    throw new ToolkitError('state', { where: 'search', rule: 'must not have begun', got: name, hint });
  }

  /** Goes on with an interrupted search. */
  async resume(name: string): Promise<Reply> {
    this.require(name).close();
    const { studies, cluster = null } = this.options;
    const { redis: kept, ...rest } = studies.resumeOptions(name);
    if (kept !== undefined && !cluster) throw otherRedis(kept);
    const { redis, shared } = kept === undefined ? {} : cluster!.placeFor(kept);
    await this.runs.start(name, { ...rest, redis, shared }, this.options.patienceMs ?? 2000);
    return redirect(links.study(name));
  }

  async stop(name: string): Promise<Reply> {
    if (this.runs.stop(name)) return redirect(links.study(name));
    this.require(name).close();
    const hint = 'Only the process that runs a search can stop it.';
    throw new ToolkitError('state', { where: 'stop', rule: 'search must be running here', got: name, hint });
  }

  /** What the event stream of a study follows. */
  liveSource(name: string): LiveSource {
    const open = (): Followed | null => this.followed.follow(name, () => this.open(name));
    const first = open();
    first?.close();
    const isAwaited = (): boolean => this.runs.get(name) !== null || this.runs.queued().includes(name);
    if (!first && !isAwaited()) throw noStudy(name);
    return {
      open,
      isAwaited,
      failure: () => {
        const failure = this.runs.get(name)?.failure ?? null;
        return failure === null ? null : describeError(failure).message;
      },
      isOwn: () => this.runs.get(name)?.isRunning ?? false,
    };
  }

  async error(error: unknown): Promise<Reply> {
    const { status, message } = describeError(error);
    return htmlReply(status, await this.render({ view: 'error', page: errorPage(status, message) }));
  }

  /** What the form says of the cluster; null where there is none. */
  private async place(): Promise<{ readonly look: ClusterLook } | null> {
    const { cluster = null } = this.options;
    return cluster && { look: await cluster.look() };
  }

  private async formReply(status: number, { values, error, kept, look }: FormShown): Promise<Reply> {
    const { maxUploadBytes } = this.options;
    const form = searchForm({ maxUploadBytes, place: await this.place(), kept, look }, values, error);
    return htmlReply(status, await this.render({ view: 'new', page: { form } }));
  }

  render(page: Page): Promise<string> {
    return renderPage(page, { readOnly: this.options.readOnly ?? false });
  }

  /** Null for what is no name of a study. */
  open(name: string): StudyReader | null {
    return isStudyName(name) ? this.options.studies.open(name) : null;
  }

  require(name: string): StudyReader {
    const reader = this.open(name);
    if (!reader) throw noStudy(name);
    return reader;
  }

  async using<T>(reader: StudyReader, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw reader.blame(error);
    } finally {
      reader.close();
    }
  }

  /** Draws a page once when its study has told its last event and nothing is still being computed for it. */
  private async cached(
    key: string,
    reader: StudyReader,
    draw: (edition: string) => Promise<{ readonly html: string; readonly isFinal: boolean }>,
  ): Promise<string> {
    const edition = reader.edition();
    const last = reader.events(reader.lastEventId() - 1).at(-1);
    if (!last || !isLastEvent(last.event)) return (await draw(edition)).html;
    const fullKey = `${edition} ${key}`;
    const known = this.cache.get(fullKey);
    if (known !== undefined) return known;
    const { html, isFinal } = await draw(edition);
    if (!isFinal) return html;
    if (this.cache.size >= MAX_CACHED_PAGES) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(fullKey, html);
    return html;
  }
}

function requireModels({ summary }: StudyView, name: string): void {
  if (summary.leaderboard.length > 0) return;
  throw new ToolkitError('state', { where: 'report', rule: 'study must have a finished model', got: name });
}

function neverStarted(name: string): ToolkitError {
  const hint = 'The list of studies says why, and starts or deletes it.';
  return new ToolkitError('state', { where: 'search', rule: 'must have been started', got: name, hint });
}

export function noStudy(name: string): HttpError {
  return new HttpError(404, `study: there is none with this name, got ${JSON.stringify(name.slice(0, 100))}.`);
}

/** Models with predictions: the leaderboard's, and every complete trial's. */
export function requireModel({ trials, ensemble }: StudyView, name: string, model: string): void {
  const isTrial = trials.some((trial) => trial.model === model && trial.state === 'complete');
  if (isTrial || (model === 'ensemble' && ensemble.length > 0)) return;
  throw new HttpError(
    404,
    `model: ${name} has no finished model of this name, got ${JSON.stringify(model.slice(0, 100))}.`,
  );
}
