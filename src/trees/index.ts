/** @file Door of trees. */
export { binTable } from './binning.js';
export type { BinnedTable } from './bins.js';
export { MAX_BINS } from './bins.js';
export type { BoostParams, BoostTask } from './boost.js';
export { BOOST_DEFAULTS, Booster } from './boost.js';
export type { ExtraParams, ExtraTree, ForestTask } from './extra.js';
export { binValues, ExtraGrower } from './extra.js';
export type { Forest, Tree } from './forest.js';
export { goesLeft, isInSet, isSound, plantForest, SET_BYTES, SET_SIZE, setMembers } from './forest.js';
export type { Loss } from './loss.js';
export { usualDistance, weightedQuantile } from './loss.js';
export { extraTree, leafTree, rawTree, takePart } from './raw.js';
export type { ForestGame, ForestShares } from './shapley.js';
export { ForestShapley } from './shapley.js';
export { shareBins } from './shared-bins.js';
export type { GrownTree, GrowthParams } from './tree.js';
export { GROWTH_DEFAULTS } from './tree.js';
export { Walker } from './walk.js';
