import { expect } from 'chai';

import { goneFor } from '../../src/cluster/faults.js';
import type { Link } from '../../src/cluster/link.js';
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

describe('why Redis is away', function () {
  this.timeout(60_000);
  const around = new Around([]);
  const open = async (password = ''): Promise<Link> => {
    const url = around.redis.url.replace('//', `//:${password}@`);
    const notice = (sentence: string): void => void around.notices.push(sentence);
    const link = await openLink({ url: password === '' ? around.redis.url : url, notice, reasonMs: 0 });
    around.open.push(link);
    return link;
  };
  const said = (reason: string): number => around.notices.filter((text) => text.includes(reason)).length;

  it('is what is wrong now, not what was when it went, and is said once of each absence', async () => {
    const link = await open();
    let errors = 0;
    link.redis.on('error', () => errors++);
    for (const absence of [1, 2]) {
      errors = 0;
      await around.redis.kill();
      await eventually('it was looked for more than once', () => errors > 2);
      expect(link.fault).to.have.nested.property('parts.rule', 'must be running: nothing listens there');
      expect(said('must be running: nothing listens there. Still waiting.')).to.equal(absence);
      await around.redis.start();
      await eventually('it is back', () => link.lostMs === 0);
    }
    expect(goneFor(link.fault, 7000).message).to.include('nothing listens there, for 7 s now. The study is kept');
  });

  it('is said once where several reasons take turns', async () => {
    const link = await open();
    await around.redis.kill();
    await eventually('it is missed', () => link.lostMs > 0);
    for (let time = 0; time < 3; time++) {
      for (const code of ['ENOTFOUND', 'EHOSTUNREACH', 'ECONNREFUSED']) {
        link.redis.emit('error', Object.assign(new Error(code), { code }));
      }
    }
    for (const reason of ['no server answers', 'does not answer', 'nothing listens']) expect(said(reason)).to.equal(1);
    await around.redis.start();
    await eventually('it is back', () => link.lostMs === 0);
  });

  it('may be another password than before', async () => {
    const { client } = around.redis;
    const cut = (): Promise<unknown> => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const nameless = await open();
    await client.config('SET', 'requirepass', 'first');
    try {
      await client.auth('first');
      const named = await open('first');
      await client.config('SET', 'requirepass', 'second');
      await client.auth('second');
      await cut();
      await eventually(
        'both say why',
        () => said('must be right. Still') === 1 && said('asks for a password. Give') === 1,
      );
      expect([nameless, named].every(({ lostMs }) => lostMs > 0)).to.equal(true);
    } finally {
      await client.config('SET', 'requirepass', '');
    }
    await eventually('the one without a password is back', () => nameless.lostMs === 0);
  });
});
