/**
 * @file Ask and tell, in an order that does not depend on time: any number of workers, any speed of theirs and any number
 * of interruptions give the same trials.
 */

import type { JsonObject } from '../core/index.js';
import { check, deriveSeed, Rng, ToolkitError } from '../core/index.js';
import type { Allocator } from './allocate.js';
import { mostShared } from './allocate.js';
import type { Dormant, Group, Plan, PlanStep } from './plan.js';
import { type Observation, randomSampler, type Sampler, type Suggestion } from './sampler.js';
import { type Assignment, assignmentOf, type Space } from './space.js';
import { canonicalJson, type Storage, type TrialOutcome, type TrialRecord, type TrialSpec } from './storage.js';

export interface StudyOptions {
  readonly plan: Plan;
  readonly storage: Storage;
  readonly sampler: Sampler;
  readonly seed: number;
  /** Decides which group the searched trials go to, in place of the plan's turns. */
  readonly allocator?: Allocator | undefined;
  /** By group, what the given complete trials bring beside the best of them (GroupHistory's gain); same trials, same answer. */
  readonly gains?: ((trials: readonly TrialRecord[]) => ReadonlyMap<string, number>) | undefined;
  /**
   * By group, what its complete trials count in a blend of all. Where it is given, trials do not come in the plan's order once every group has
   * begun: groups get their time by that. What is known depends on the machine.
   */
  readonly shares?: (() => ReadonlyMap<string, number>) | undefined;
  /** Whether allocation counts what trials take by the clock; their groups then depend on the machine. */
  readonly byTheClock?: boolean | undefined;
  /** A searched trial t learns from the trials below t - lag only, so that lag + 1 can run at once; default 4. */
  readonly lag?: number | undefined;
  readonly maxTrials?: number | undefined;
  /** Asked before every new trial: true ends the study (a budget by the clock). */
  readonly shouldStop?: (() => boolean) | undefined;
  /** Asked before every trial of the plan: an earlier one that is to be made again now, in another way that the asker knows of. */
  readonly again?: (() => TrialRecord | 'wait' | null) | undefined;
}

/** Origin of a trial that the plan names. */
export const PORTFOLIO = 'portfolio';
/** Origin of a trial that was made again. No sampler learns from it. */
export const AGAIN = 'again';

/** Key of the study settings under which a study keeps what its trials depend on. */
const SETTINGS_KEY = 'search';
const DEFAULT_LAG = 4;
/** A draw that repeats an earlier trial is made again: by the sampler first, then at random. */
const SAMPLER_DRAWS = 4;
const ALL_DRAWS = 20;

/**
 * Hands out the trials of a plan, one after the other.
 *
 * A searched trial waits until all trials of its group below t - lag have finished, whatever else has finished; of those
 * between nothing is known, and nothing is repeated. With a storage that holds trials
 * already, it goes on: what had begun and not finished comes again first, with the same spec.
 *
 * Random   the suggestion for trial t draws from (seed, t): same plan, sampler, lag and seed, same trials
 * Throws   state: the storage belongs to a study with another plan, seed or lag
 */
export class Study {
  private readonly records: TrialRecord[];
  private readonly pending: TrialSpec[];
  private readonly lag: number;

  constructor(private readonly options: StudyOptions) {
    const { lag = DEFAULT_LAG, maxTrials = Infinity, seed, plan, storage } = options;
    check(Number.isInteger(lag) && lag >= 0, 'study', 'lag must be a whole number', lag);
    check(maxTrials >= 0, 'study', 'maxTrials must not be negative', maxTrials);
    check(Number.isSafeInteger(seed), 'study', 'seed must be a whole number', seed);
    this.lag = lag;
    keepSettings(storage, toSettings(plan, seed, lag));
    this.records = storage.trials();
    this.pending = this.records.filter((record) => record.state === 'running').map(specOf);
  }

  /**
   * The next trial, begun in the storage; 'wait' when it depends on trials still running; 'done' when the plan or the
   * budget is used up. Nothing else is due after 'wait' until a trial has finished.
   */
  next(): TrialSpec | 'wait' | 'done' {
    const t = this.records.length;
    const { maxTrials = Infinity, shouldStop } = this.options;
    if (shouldStop?.()) return 'done';
    const begun = this.pending[0];
    if (begun !== undefined && begun.number < maxTrials) {
      this.pending.shift();
      return begun;
    }
    const again = t < maxTrials ? (this.options.again?.() ?? null) : null;
    if (again === 'wait') return 'wait';
    if (again) {
      const { group, params } = again;
      return this.add({ number: t, group, seed: this.seedOf(t), origin: AGAIN, params, assignment: null });
    }
    const shared = t < maxTrials ? this.byShares() : null;
    const planned = shared ?? (t < maxTrials ? this.planned(t) : null);
    if (planned === null) return 'done';
    const step = planned.kind === 'search' && !shared ? this.allocate(planned, t) : planned;
    if (step === 'wait' || (step.kind === 'search' && !this.isReady(step.group, t))) return 'wait';
    return this.add(this.specFor(step, t));
  }

  private add(spec: TrialSpec): TrialSpec {
    this.options.storage.begin(spec);
    this.records.push(newRecord(spec));
    return spec;
  }

  /** Trials that the plan does not know of. */
  private repeats(): number {
    return this.records.filter(({ origin }) => origin === AGAIN).length;
  }

  /** What the plan says, but for what has begun out of its turn, or was passed over while others were. */
  private planned(t: number): PlanStep | null {
    const turn = t - this.repeats();
    for (let at = this.hasPassedOver(turn) ? 0 : turn; ; at++) {
      const step = this.options.plan.step(at);
      if (at < turn && step?.kind !== 'fixed') continue;
      if (step?.kind !== 'fixed' || !this.hasBegun(step.group, step.params)) return step;
    }
  }

  /** Whether fewer entries of portfolios have begun than the plan has before that turn: never where all came in its order. */
  private hasPassedOver(turn: number): boolean {
    let fixed = 0;
    for (let at = 0; at < turn; at++) if (this.options.plan.step(at)?.kind === 'fixed') fixed++;
    return fixed > this.records.filter(({ origin }) => origin === PORTFOLIO).length;
  }

  /** The next trial of the group that promises most for its time; null where the plan says what comes next. */
  private byShares(): PlanStep | null {
    const { plan, shares, storage } = this.options;
    if (!shares || plan.groups.some(({ name }) => this.begunOf(name).length === 0)) return null;
    const open = plan.groups.flatMap((group) => {
      const step = this.nextOf(group);
      return step
        ? [{ step, name: group.name, weight: group.weight ?? 1, count: this.begunOf(group.name).length }]
        : [];
    });
    if (open.length === 0) return null;
    const [known, times] = [shares(), meanTimes(storage.trials())];
    const usual = Math.max(1, ...times.values());
    const turn = mostShared(
      open.map(({ name, weight, count }) => {
        return { weight, count, share: known.get(name) ?? 0, cost: times.get(name) ?? usual };
      }),
    );
    return open[turn].step;
  }

  /** Of its portfolio what has not begun, then a search. */
  private nextOf({ name, portfolio, space, maxTrials = Infinity }: Group): PlanStep | null {
    if (this.begunOf(name).length >= maxTrials) return null;
    const params = portfolio.find((entry) => !this.hasBegun(name, entry));
    if (params !== undefined) return { kind: 'fixed', group: name, params };
    return space === undefined ? null : { kind: 'search', group: name, space };
  }

  private begunOf(name: string): TrialRecord[] {
    return this.records.filter(({ group }) => group === name);
  }

  private hasBegun(name: string, entry: JsonObject): boolean {
    const text = canonicalJson(entry);
    return this.begunOf(name).some(({ origin, params }) => origin === PORTFOLIO && canonicalJson(params) === text);
  }

  private seedOf(t: number): number {
    return deriveSeed(this.options.seed, 'trial', t);
  }

  /** Tells how a trial ended. A loss is smaller when better. */
  finish(number: number, outcome: TrialOutcome): void {
    this.options.storage.finish(number, outcome);
    const { state, value, info = {} } = outcome;
    this.records[number] = { ...this.records[number], state, value, info };
  }

  /** The complete trial with the smallest loss, of one group or of all; the first of equals. */
  best(group?: string): TrialRecord | null {
    let best: TrialRecord | null = null;
    for (const record of this.options.storage.trials()) {
      if (record.state !== 'complete' || record.value === null) continue;
      if (group !== undefined && record.group !== group) continue;
      if (best === null || record.value < (best.value as number)) best = record;
    }
    return best;
  }

  /** Complete trials of its group below number - lag, which a trial may be held against; null while one of those runs. */
  rivals(number: number): TrialRecord[] | null {
    const { group } = this.records[number];
    if (!this.isReady(group, number)) return null;
    return this.groupBelow(group, number - this.lag).filter(({ state }) => state === 'complete');
  }

  /** The searched group whose turn it is, by what all trials below t - lag have brought. */
  private allocate(planned: PlanStep, t: number): PlanStep | 'wait' {
    const { allocator, plan, storage, byTheClock } = this.options;
    if (!allocator) return planned;
    const settled = this.records.slice(0, Math.max(0, t - this.lag));
    if (settled.some(({ state }) => state === 'running')) return 'wait';
    const open = plan.groups.filter(
      ({ name, space, maxTrials = Infinity }) => space !== undefined && this.begunOf(name).length < maxTrials,
    );
    const times = byTheClock ? meanTimes(storage.trials()) : null;
    const gains = this.options.gains?.(settled.filter(({ state }) => state === 'complete'));
    const chosen = allocator(
      open.map(({ name, weight = 1 }) => ({
        weight,
        count: this.begunOf(name).length,
        losses: settled.flatMap(({ group, state, value }) => (group === name && state === 'complete' ? [value!] : [])),
        cost: times?.get(name) ?? 1,
        gain: gains?.get(name),
      })),
    );
    return { kind: 'search', group: open[chosen].name, space: open[chosen].space! };
  }

  private isReady(group: string, t: number): boolean {
    return this.groupBelow(group, t - this.lag).every((record) => record.state !== 'running');
  }

  private groupBelow(group: string, limit: number): TrialRecord[] {
    return this.records.slice(0, Math.max(0, limit)).filter((record) => record.group === group);
  }

  private specFor(step: PlanStep, t: number): TrialSpec {
    const shared = { number: t, group: step.group, seed: this.seedOf(t) };
    if (step.kind === 'search') {
      const { params, assignment, origin } = this.suggest(step, t);
      return { ...shared, origin, params, assignment };
    }
    const space = this.options.plan.groups.find((group) => group.name === step.group)?.space;
    const assignment = space === undefined ? null : assignmentOf(space, step.params);
    return { ...shared, origin: PORTFOLIO, params: step.params, assignment };
  }

  private suggest(step: PlanStep & { kind: 'search' }, t: number): Suggestion {
    const { sampler, seed } = this.options;
    const earlier = this.groupBelow(step.group, t);
    const dormant = this.options.plan.groups.find(({ name }) => name === step.group)?.dormant ?? [];
    const history = this.groupBelow(step.group, t - this.lag).flatMap((record) => toObservation(record, dormant));
    const seen = new Set(earlier.map((record) => canonicalJson(record.params)));
    const rng = new Rng(deriveSeed(seed, 'suggest', t));
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt === ALL_DRAWS - 1;
      const chosen = attempt < SAMPLER_DRAWS ? sampler : randomSampler;
      const suggestion = chosen.suggest(step.space, history, rng);
      if (isLast || !seen.has(canonicalJson(suggestion.params))) return suggestion;
    }
  }
}

/** Mean milliseconds from begin to end of each group's trials, 1 at least. */
function meanTimes(trials: readonly TrialRecord[]): Map<string, number> {
  const ended = trials.filter(({ finishedAt }) => finishedAt !== null);
  return new Map(
    ended.map(({ group }) => {
      const times = ended.filter((trial) => trial.group === group).map((trial) => trial.finishedAt! - trial.startedAt);
      return [group, Math.max(1, times.reduce((sum, time) => sum + time, 0) / times.length)];
    }),
  );
}

/**
 * What a sampler learns from a trial: failed ones are as bad as can be, and one that was given up is as good as its parts
 * made it look. Labels that changed nothing are left out.
 */
function toObservation({ assignment, state, value, info }: TrialRecord, dormant: readonly Dormant[]): Observation[] {
  if (assignment === null) return [];
  const { estimate } = info as { estimate?: number };
  const loss = state === 'complete' ? value : state === 'pruned' ? estimate : null;
  return [{ assignment: awake(assignment, dormant), loss: loss ?? Infinity }];
}

function awake(assignment: Assignment, dormant: readonly Dormant[]): Assignment {
  const asleep = new Set(
    dormant.flatMap(({ when, labels }) =>
      Object.entries(when).every(([label, value]) => assignment[label] === value) ? labels : [],
    ),
  );
  return Object.fromEntries(Object.entries(assignment).filter(([label]) => !asleep.has(label)));
}

/** The groups that a storage's study began with; null in a storage without a study. */
export function groupsOf(storage: Storage): Group[] | null {
  const kept = storage.get(SETTINGS_KEY) as { groups: StoredGroup[] } | undefined;
  return kept
    ? kept.groups.map(({ space, maxTrials, ...group }) => {
        return { ...group, ...(space === null ? {} : { space }), ...(maxTrials === null ? {} : { maxTrials }) };
      })
    : null;
}

type StoredGroup = Pick<Group, 'name' | 'portfolio' | 'weight' | 'dormant'> & {
  space: Space | null;
  maxTrials: number | null;
};

function toSettings(plan: Plan, seed: number, lag: number): JsonObject {
  const groups = plan.groups.map(({ name, portfolio, space = null, weight = 1, maxTrials = null, dormant = [] }) => {
    return { name, portfolio, space, weight, maxTrials, ...(dormant.length > 0 ? { dormant } : {}) };
  });
  return { seed, lag, groups } as unknown as JsonObject;
}

function keepSettings(storage: Storage, settings: JsonObject): void {
  const kept = storage.get(SETTINGS_KEY);
  if (kept === undefined) {
    storage.set(SETTINGS_KEY, settings);
    return;
  }
  const changed = Object.keys(settings).filter((key) => {
    return canonicalJson(settings[key]) !== canonicalJson((kept as JsonObject)[key] ?? null);
  });
  if (changed.length === 0) return;
  const rule = `a study must go on as it began; changed: ${changed.join(', ')}`;
  throw new ToolkitError('state', { where: 'study', rule, hint: 'Start a new study instead.' });
}

function specOf({ number, group, origin, params, assignment, seed }: TrialRecord): TrialSpec {
  return { number, group, origin, params, assignment, seed };
}

function newRecord(spec: TrialSpec): TrialRecord {
  return { ...spec, state: 'running', value: null, info: {}, error: null, startedAt: 0, finishedAt: null };
}
