/** @file Door of search: minimises a function of parameters; knows no learning. Runs anywhere. */
export { type Allocator, expectedImprovement, type GroupHistory, type GroupShare, mostShared } from './allocate.js';
export type { Choice, Distribution } from './distribution.js';
export { hp } from './hp.js';
export { createMemoryStorage, type StorageOptions } from './memory.js';
export { type Dormant, type Group, type Plan, type PlanStep, planTrials } from './plan.js';
export { pairedPruner, type PairedPrunerOptions, type Pruner } from './pruner.js';
export { type Observation, randomSampler, type Sampler, type Suggestion } from './sampler.js';
export {
  type Assignment,
  assignmentOf,
  type Draw,
  type Expression,
  labels,
  resolve,
  sampleSpace,
  type Space,
} from './space.js';
export {
  type PartRecord,
  type PartReport,
  readingOnce,
  type Storage,
  type StoredEvent,
  type TrialOutcome,
  type TrialRecord,
  type TrialSpec,
  type TrialState,
} from './storage.js';
export { AGAIN, groupsOf, PORTFOLIO, Study, type StudyOptions } from './study.js';
export { type TpeOptions, tpeSampler } from './tpe.js';
