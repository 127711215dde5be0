/** @file What is done with studies as wholes: set side by side, given tags, taken away. */

import { ToolkitError } from '../core/index.js';
import type { ComparedStudy } from '../report/index.js';
import { comparePage, links, MOST_COMPARED } from '../report/index.js';
import { optionsFromCommand, splitTags } from '../run/index.js';
import { type Handlers, noStudy } from './handlers.js';
import type { Reply } from './http.js';
import { htmlReply, HttpError, redirect } from './http.js';
import type { Studies } from './studies.js';

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

  /** For good: study, models, explanations, and the table that was uploaded with it. */
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
    if (!this.studies.remove(name)) throw noStudy(name);
    this.handlers.forgetPages();
    return redirect(links.home);
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
