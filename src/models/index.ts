/** @file Door of models: recipes whose fit returns something fitted. */
export * from './catalog.js';
export { dummy, restoreDummy } from './dummy.js';
export * from './estimator.js';
export { batchShape, fitTogether } from './lanes.js';
export type { LinearParams } from './linear.js';
export { linear, restoreLinear } from './linear.js';
export type { LrnnParams } from './lrnn.js';
export { lrnn } from './lrnn.js';
export type { MlpParams } from './mlp.js';
export { mlp } from './mlp.js';
export { fitNetwork } from './network.js';
export { requireXgboost } from './xgboost/module.js';
export type { XgboostParams } from './xgboost/params.js';
export { restoreXgboost, xgboost } from './xgboost/xgboost.js';
