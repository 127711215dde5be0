/**
 * A worker of a queue that searches models: one message in, a leaderboard out. Messages come as lines of JSON on standard input here;
 * `take` is what a consumer of BullMQ, SQS or RabbitMQ would call.
 *
 * echo '{"data":"cars.csv","target":"Price","trials":8}' | node search-worker.mjs
 */
import { createInterface } from 'node:readline';

import { fit, RunInterrupted, ToolkitError } from 'lrnn-automl';

/** One at a time: a search uses all cores. A message that fails for good must not come back. */
async function take(message) {
  try {
    const study = await fit({ ...message, signal: stopping.signal, onEvent: tell });
    return { ok: true, study: study.study, best: study.best, cv: study.leaderboard[0].cv };
  } catch (error) {
    if (error instanceof RunInterrupted) return { ok: false, again: true, study: error.study };
    if (error instanceof ToolkitError) return { ok: false, again: error.kind === 'state', message: error.message };
    throw error;
  }
}

/** Progress for whoever waits. */
function tell(event) {
  if (event.type === 'trial') console.error(`${event.trial.model}: ${event.trial.cv ?? event.trial.state}`);
}

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') console.log(JSON.stringify(await take(JSON.parse(line))));
}
