/** @file Every kernel that growing trees calls. */
export { binColumn, binSimple8, findFew, sortFloats } from './bin';
export { unusual8 } from './bundle';
export { addLeaf, largest, logisticGradient, quantise, quantiseEqual, softmaxGradient, squaredGradient } from './gradient';
export { drawRows } from './draw';
export { describe, growExtra } from './extra';
export { gather, histogram, subtract, total } from './histogram';
export { scanColumns, setCategories, setGrowth, setTable, setUnits } from './search';
export { part, partSet, walk } from './split';
export { seedRandom } from './random';
export { huberGradient, huberMean, leftOver, pinballGradient, sumRows, tweedieGradient, weightedQuantile } from './loss';
