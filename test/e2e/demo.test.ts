/** @file The demonstration, as far as it can be tested without waiting for it. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { expectRefusal, ROOT, startProgram } from './support/lrnn.js';

describe('npm run demo', () => {
  it('says at once that its port is taken, before it builds or fits anything', async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    try {
      const { port } = other.address() as AddressInfo;
      const env = { PORT: String(port) };
      const outcome = await startProgram(process.execPath, [join(ROOT, 'scripts/demo.mjs')], { env }).done;
      expectRefusal(outcome, 4, new RegExp(`port ${port} is in use.*PORT=`));
    } finally {
      other.close();
    }
  });
});
