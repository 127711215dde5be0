/** @file Every kernel the engine calls. */
export { activateBackward, activateForward } from './activation';
export { adamw, sumSquares } from './adamw';
export { affineForward, affineWeights, packPanels, sumRows } from './affine';
export { basisBackward, basisForward } from './basis';
export { clearColumns, copyColumns, dropColumns, poisonRows, scaleColumns, scaleColumnsBackward } from './columns';
export { binaryCrossEntropy, crossEntropy, squaredError } from './loss';
export { huber, pinball, powerLoss } from './number-loss';
export { normaliseBackward, normaliseForward } from './normalise';
export { probeCosPi, probeExp } from './probe';
export { multiplyFactors, multiplyFactorsBackward, productBackward, productForward } from './product';
