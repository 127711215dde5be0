import { expect } from 'chai';

import { ClusterWatch } from '../../../src/run/index.js';

describe('ClusterWatch', () => {
  it('shares a look, and says null where the cluster cannot be reached', async () => {
    let asked = 0;
    const count = async () => {
      asked++;
      if (asked > 1) throw new Error('gone');
      return { workers: 2, slots: 8 };
    };
    const shared = new ClusterWatch('redis://here', { count, lookMs: 1e9 });
    expect(await Promise.all([shared.look(), shared.look()])).to.deep.equal(Array(2).fill({ workers: 2, slots: 8 }));
    expect(await shared.look()).to.deep.equal({ workers: 2, slots: 8 });
    expect(asked).to.equal(1);
    expect(await new ClusterWatch('redis://here', { count }).look()).to.equal(null);
  });

  it('waits for no answer that takes long', async () => {
    const watch = new ClusterWatch('redis://here', { count: () => new Promise(() => undefined), patienceMs: 1 });
    expect(await watch.look()).to.equal(null);
    expect(await watch.look()).to.equal(null);
  });

  it('refuses what is no URL of a Redis, and shows no password', () => {
    expect(() => new ClusterWatch('http://ann:secret@here')).to.throw(/^--redis: must be a URL such as redis:/);
    expect(() => new ClusterWatch('http://ann:secret@here')).to.not.throw(/secret/);
  });
});
