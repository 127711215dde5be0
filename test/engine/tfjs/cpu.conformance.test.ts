import { openCpu } from '../../../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.js';
import { describeEngine } from '../../conformance/engine.js';

describeEngine('tfjs cpu', tfjsEngine(await openCpu()));
