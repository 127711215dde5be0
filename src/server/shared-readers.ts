/** @file One open study and one look per moment for all who follow it: what a study costs does not grow with its visitors. */

import type { StudyReader } from '../run/index.js';

type Event = ReturnType<StudyReader['events']>[number];

/** What followers ask of a study. */
export type Followed = Pick<StudyReader, 'view' | 'events' | 'machines' | 'close'>;

interface Shared {
  readonly reader: StudyReader;
  users: number;
  lookedAt: number;
  last: number;
  /** By the number after which they begin; all read at the last look. */
  readonly events: Map<number, readonly Event[]>;
  view: ReturnType<StudyReader['view']> | null;
  /** Undefined until somebody asks. */
  machines: ReturnType<StudyReader['machines']> | undefined;
}

export class SharedReaders {
  private readonly open = new Map<string, Shared>();

  /** A look lasts `maxAgeMs`: followers who ask within it are told the same. */
  constructor(
    private readonly maxAgeMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** How many studies are open. */
  get size(): number {
    return this.open.size;
  }

  /** A study that is open already, or the one that `openStudy` opens; null where it opens none. */
  follow(name: string, openStudy: () => StudyReader | null): Followed | null {
    const shared = this.open.get(name) ?? this.add(name, openStudy());
    if (!shared) return null;
    shared.users++;
    let isClosed = false;
    return {
      events: (after) => {
        this.look(shared);
        return after >= shared.last ? [] : this.eventsAfter(shared, after);
      },
      view: () => {
        this.look(shared);
        return (shared.view ??= shared.reader.view());
      },
      machines: () => {
        this.look(shared);
        // Null is an answer too: most studies have no machines.
        if (shared.machines === undefined) shared.machines = shared.reader.machines();
        return shared.machines;
      },
      close: () => {
        if (isClosed) return;
        isClosed = true;
        if (--shared.users > 0) return;
        if (this.open.get(name) === shared) this.open.delete(name);
        shared.reader.close();
      },
    };
  }

  /** Who comes now opens anew; who follows already keeps what it has. */
  forget(name: string): void {
    this.open.delete(name);
  }

  private add(name: string, reader: StudyReader | null): Shared | null {
    if (!reader) return null;
    const shared: Shared = {
      reader,
      users: 0,
      lookedAt: -Infinity,
      last: 0,
      events: new Map(),
      view: null,
      machines: undefined,
    };
    this.open.set(name, shared);
    return shared;
  }

  private look(shared: Shared): void {
    const now = this.now();
    if (now - shared.lookedAt < this.maxAgeMs) return;
    shared.lookedAt = now;
    shared.last = shared.reader.lastEventId();
    shared.events.clear();
    shared.view = null;
    shared.machines = undefined;
  }

  private eventsAfter({ reader, events }: Shared, after: number): Event[] {
    let found = events.get(after);
    if (!found) events.set(after, (found = reader.events(after)));
    return [...found];
  }
}
