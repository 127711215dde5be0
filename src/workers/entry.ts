/** @file Inside a worker thread: message -> runFold -> message. */

import { parentPort, workerData } from 'node:worker_threads';

import { runFold } from '../automl/index.js';
import { chooseEngine } from '../engine/index.js';
import type { JobMessage, ReplyMessage, WorkerSetup } from './protocol.js';

const { data, engine: engineName } = workerData as WorkerSetup;
const { engine } = chooseEngine(engineName);
const port = parentPort;
if (!port) throw new Error('this file runs in a worker thread only');

port.on('message', ({ job, prepared, alike }: JobMessage) => {
  void runFold(data, job, prepared, engine, { alike }).then((outcome) => {
    const reply: ReplyMessage = { outcome };
    port.postMessage(reply);
  });
});
