/** @file The JavaScript module of a model, as text: written by exports, carried by reports. */

import type { PredictorParts, StudySettings } from '../../automl/index.js';
import { encodeStandalone, planOf } from '../../export/index.js';
import { readTemplate } from '../../export/node.js';
import { contentOf } from './bundle.js';

/** Throws what an export throws: a model that has no JavaScript form, a self-test that cannot be made. */
export async function standaloneCode(parts: PredictorParts, settings: StudySettings): Promise<string> {
  const plan = planOf(parts);
  return (await encodeStandalone(plan, await readTemplate(), await contentOf(parts, plan, settings))).code;
}
