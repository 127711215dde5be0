/** @file All experiments, in the order in which they are run and told. */

import { audio } from './audio.js';
import { ct } from './ct.js';
import { dimension } from './dimension.js';
import type { Experiment } from './experiment.js';
import { images } from './images.js';
import { pde } from './pde.js';
import { rank } from './rank.js';
import { repair } from './repair.js';
import { spectrum } from './spectrum.js';
import { tables } from './tables.js';
import { variance } from './variance.js';

export const EXPERIMENTS: readonly Experiment[] = [
  variance,
  spectrum,
  rank,
  dimension,
  images,
  repair,
  audio,
  pde,
  ct,
  tables,
];
