import { tfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.js';
import { openCpu } from '../../../src/engine/tfjs/vendor.js';
import { describeEngine } from '../../conformance/engine.js';

describeEngine('tfjs cpu', tfjsEngine(await openCpu()));
