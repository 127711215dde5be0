import { referenceEngine } from '../../src/engine/index.js';
import { wasmEngineOf } from '../../src/engine/wasm/wasm-engine.js';
import { describeEngine } from '../conformance/engine.js';
import { describeOutsideLosses } from '../conformance/outside-loss.js';

describeEngine('reference', referenceEngine);
describeEngine('wasm (simd)', wasmEngineOf('simd'));
describeEngine('wasm (relaxed-simd)', wasmEngineOf('relaxed-simd'));

describeOutsideLosses('reference', referenceEngine);
describeOutsideLosses('wasm (simd)', wasmEngineOf('simd'));
describeOutsideLosses('wasm (relaxed-simd)', wasmEngineOf('relaxed-simd'));
