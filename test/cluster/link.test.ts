import { expect } from 'chai';

import { openLink } from '../../src/cluster/link.js';
import { eventually } from '../support/redis.js';
import { Around } from './around.js';

describe('how long Redis is away', function () {
  this.timeout(60_000);
  const around = new Around([]);

  it('is told by a clock that nobody sets', async () => {
    const link = await openLink({ url: around.redis.url, notice: (sentence) => void around.notices.push(sentence) });
    around.open.push(link);
    await around.redis.kill();
    await eventually('it is missed', () => around.notices.length > 0);
    const { now } = Date;
    for (const hours of [-1000, 1000]) {
      Date.now = () => now() + hours * 3_600_000;
      const { lostMs } = link;
      Date.now = now;
      expect(lostMs).to.be.within(0, 3_600_000);
    }
    await around.redis.start();
    await eventually('it is back', () => link.lostMs === 0);
  });
});
