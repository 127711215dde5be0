import { referenceEngine } from '../../src/engine/index.js';
import { wasmEngineOf } from '../../src/engine/wasm/wasm-engine.js';
import { describeEngine } from '../conformance/engine.js';

describeEngine('reference', referenceEngine);
describeEngine('wasm (simd)', wasmEngineOf('simd'));
describeEngine('wasm (relaxed-simd)', wasmEngineOf('relaxed-simd'));
