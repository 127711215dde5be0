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
    const shared = new ClusterWatch({ redis: 'redis://here' }, { count, lookMs: 1e9 });
    expect(await Promise.all([shared.look(), shared.look()])).to.deep.equal(Array(2).fill({ workers: 2, slots: 8 }));
    expect(await shared.look()).to.deep.equal({ workers: 2, slots: 8 });
    expect(asked).to.equal(1);
    expect(await new ClusterWatch({ redis: 'redis://here' }, { count }).look()).to.equal(null);
  });

  it('says once why the cluster cannot be used, and again where it is another reason', async () => {
    const said: string[] = [];
    const reasons = ['it needs two packages.', 'it needs two packages.', 'it is shut.', 'it needs two packages.'];
    const count = async () => Promise.reject(new Error(reasons.shift()));
    const watch = new ClusterWatch(
      { redis: 'redis://here' },
      { count, lookMs: 0, onNotice: (sentence) => said.push(sentence) },
    );
    for (let i = 0; i < 4; i++) expect(await watch.look()).to.equal(null);
    expect(reasons).to.deep.equal([]);
    expect(said).to.deep.equal([
      'The cluster cannot be used now. it needs two packages.',
      'The cluster cannot be used now. it is shut.',
    ]);
  });

  it('knows its own Redis however the study wrote it', () => {
    for (const url of ['redis://:secret@here:6379/0', 'redis://:secret@here'])
      for (const kept of ['redis://here:6379/0', 'redis://here:6379'])
        expect(new ClusterWatch({ redis: url }).placeFor(kept).redis).to.equal(url);
    for (const kept of ['redis://here:6379/1', 'redis://there:6379', 'nothing'])
      expect(() => new ClusterWatch({ redis: 'redis://here' }).placeFor(kept)).to.throw(
        /goes on over the Redis it began with/,
      );
  });

  it('waits for no answer that takes long', async () => {
    const watch = new ClusterWatch(
      { redis: 'redis://here' },
      { count: () => new Promise(() => undefined), patienceMs: 1 },
    );
    expect(await watch.look()).to.equal(null);
    expect(await watch.look()).to.equal(null);
  });

  it('refuses what is no URL of a Redis, and shows no password', () => {
    expect(() => new ClusterWatch({ redis: 'http://ann:secret@here' })).to.throw(
      /^--redis: must be a URL such as redis:/,
    );
    expect(() => new ClusterWatch({ redis: 'http://ann:secret@here' })).to.not.throw(/secret/);
  });
});
