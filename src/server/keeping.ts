/** @file What is done with studies as wholes: set side by side, given tags, taken away. */

import { ToolkitError } from '../core/index.js';
import type { ComparedStudy } from '../report/index.js';
import { comparePage, links, MOST_COMPARED } from '../report/index.js';
import { optionsFromCommand, splitTags } from '../run/index.js';
import { type Handlers, noStudy } from './handlers.js';
import type { Reply } from './http.js';
import { htmlReply, HttpError, redirect } from './http.js';
import type { Studies } from './studies.js';

/** More names make no sentence. */
const MOST_NAMED = 5;

export class KeepingHandlers {
  constructor(
    private readonly handlers: Handlers,
    private readonly studies: Studies,
  ) {}

  /** The page of several studies; the first is what the others are set against. */
  async compare(asked: readonly string[]): Promise<Reply> {
    const names = [...new Set(asked)];
    if (names.length < 2 || names.length > MOST_COMPARED) {
      throw new HttpError(400, `compare: tick two to ${MOST_COMPARED} studies in the list, got ${names.length}.`);
    }
    const compared: ComparedStudy[] = [];
    for (const name of names) compared.push(await this.look(name));
    return htmlReply(200, await this.handlers.render({ view: 'compare', page: comparePage(compared) }));
  }

  private look(name: string): Promise<ComparedStudy> {
    const reader = this.handlers.require(name);
    return this.handlers.using(reader, () => {
      const view = reader.view();
      const best = view.summary.leaderboard[0];
      return { name, view, best: best ? reader.model(best.model) : null, options: optionsOf(view.command) };
    });
  }

  /** Words between commas, instead of those that it had. */
  async tag(name: string, text: string): Promise<Reply> {
    this.handlers.require(name).close();
    this.studies.setTags(name, splitTags(text));
    return redirect(links.home);
  }

  private async saidLeft(name: string, left: readonly string[]): Promise<Reply> {
    const named =
      left.slice(0, MOST_NAMED).join(', ') + (left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : '');
    const message =
      `The study ${name} is deleted. Its folder stays, with what the study did not write and the table beside that: ${named}. ` +
      'Take the folder away by hand to use its name again.';
    return htmlReply(
      200,
      await this.handlers.render({ view: 'error', page: { status: 200, title: 'Deleted', message } }),
    );
  }

  /** For good: study, models, explanations, exports, and the table that was uploaded with it. */
  async remove(name: string): Promise<Reply> {
    if (this.handlers.runs.get(name)?.isRunning) {
      const hint = 'Stop its search first.';
      throw new ToolkitError('state', {
        where: 'delete',
        rule: 'no search must be writing the study',
        got: name,
        hint,
      });
    }
    const boards = this.studies.boards?.(name) ?? [];
    const left = this.studies.remove(name);
    if (left === null) throw noStudy(name);
    this.handlers.runs.forget(name);
    for (const gone of [name, ...boards.map((own) => own.name)]) this.handlers.forget(gone);
    return left.length === 0 ? redirect(links.home) : this.saidLeft(name, left);
  }
}

/** None where a later version wrote words that this one does not know. */
function optionsOf(command: string): Readonly<Record<string, unknown>> {
  try {
    return { ...optionsFromCommand(command) };
  } catch (error) {
    if (error instanceof ToolkitError) return {};
    throw error;
  }
}
