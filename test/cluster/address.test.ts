import { expect } from 'chai';

import { addressOf, checkRedisUrl, loginOf, withoutPassword } from '../../src/cluster/address.js';
import { redisFault } from '../../src/cluster/faults.js';
import { loadPackages } from '../../src/cluster/packages.js';
import { ToolkitError } from '../../src/core/index.js';

describe('the address of a Redis', () => {
  it('is read from a URL, with the password from the environment where the URL has none', () => {
    const login = (url: string, password?: string) => loginOf(checkRedisUrl(url), { LRNN_REDIS_PASSWORD: password });
    expect(login('redis://here')).to.deep.equal({ host: 'here', port: 6379, db: 0 });
    expect(login('redis://ann:p%40ss@[::1]:7/3', 'other')).to.deep.equal({
      host: '::1',
      port: 7,
      username: 'ann',
      password: 'p@ss',
      db: 3,
    });
    expect(login('redis://here', 'secret').password).to.equal('secret');
    expect(login('rediss://here').tls).to.deep.equal({ servername: 'here' });
    expect(login('rediss://127.0.0.1').tls).to.deep.equal({});
  });

  it('shows no password, not even of what is no URL', () => {
    expect(addressOf(checkRedisUrl('redis://ann:secret@here:1/2'))).to.equal('redis://here:1/2');
    expect(withoutPassword('redis://ann:secret@here')).to.equal('redis://ann@here:6379');
    expect(withoutPassword('rediss://:secret@here')).to.equal('rediss://here:6379');
    for (const same of ['redis://Here', 'redis://here:6379', 'redis://here/', 'redis://here:6379/0', 'redis://here/00'])
      expect(withoutPassword(same), same).to.equal('redis://here:6379');
    expect(withoutPassword('redis://here/010')).to.equal('redis://here:6379/10');
    const wrong = () => checkRedisUrl('http://ann:secret@here');
    expect(wrong).to.throw(ToolkitError, 'must be a URL such as redis://host:6379');
    expect(wrong).not.to.throw(/secret/);
    for (const url of [
      'redis://:one/secret@here:6379',
      'redis://u:1234/secret@here',
      'http://a:b@c/secret@here',
      'redis://:50%secret@here',
      'ann:secret@here:6379',
      'redis:ann:secret@here',
      'redis:/ann:secret@here',
      'secret@here',
      'secret://secret@here',
      'redis://u:12?secret@here',
      'redis://u:12#secret@here',
      '//ann:se@secret@here',
    ])
      expect(() => checkRedisUrl(url), url)
        .to.throw(ToolkitError)
        .with.property('message')
        .that.does.not.include('secret');
    expect(() => checkRedisUrl('redis://:50%@here')).to.throw(ToolkitError, 'must write a percent sign');
  });

  for (const url of ['', 'here:6379', 'http://here', 'redis://', 'redis://here/x', 'redis://here:99999', 7, null]) {
    it(`is not ${JSON.stringify(url)}`, () => {
      expect(() => checkRedisUrl(url))
        .to.throw(ToolkitError)
        .with.property('kind', 'usage');
    });
  }
});

describe('what Redis refuses', () => {
  const said = (message: string, code?: string, address = 'redis://here:1') =>
    redisFault(Object.assign(new Error(message), code === undefined ? {} : { code }), address).message;

  it('is one sentence of whoever can mend it', () => {
    expect(said('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED')).to.match(/^redis:\/\/here:1: must be running/);
    expect(said('WRONGPASS invalid username-password pair or user is disabled.')).to.match(
      /the password must be right/,
    );
    expect(said('NOAUTH Authentication required.')).to.match(/asks for a password.*LRNN_REDIS_PASSWORD/);
    expect(said("NOPERM this user has no permissions to run the 'set' command")).to.match(/must allow its user/);
    expect(said("OOM command not allowed when used memory > 'maxmemory'.")).to.match(/is full/);
    expect(said('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT')).to.match(/certificate.*NODE_EXTRA_CA_CERTS/);
    expect(said('connect ETIMEDOUT', undefined, 'rediss://here:1')).to.match(/does not answer.*use redis:\/\//);
    expect(said('read ECONNRESET', 'ECONNRESET')).to.match(/hangs up.*use rediss:\/\//);
    for (const lost of [
      'could not renew lock for job a-fold-6-1-b',
      '-2 Missing lock for job a-fold-6-1-b. moveToFinished',
      'Missing key for job a-fold-6-1-b. moveToDelayed',
      'Job a-fold-6-1-b is not in the active state. retryJob',
    ]) {
      expect(said(lost)).to.match(
        /^[^-]* counts folds under way here as lost: for longer than --lock it took no word of this worker/,
      );
      expect(said(lost)).to.match(/What of them was not kept is fitted again, here or elsewhere\.$/);
    }
    expect(said('strange')).to.equal('redis://here:1: must work: strange.');
  });
});

describe('the packages of a cluster', () => {
  it('are asked for in one sentence where they are missing', async () => {
    const load = async (name: string): Promise<never> => {
      throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
    };
    const error = await loadPackages(load).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
    expect((error as Error).message).to.match(/needs the packages bullmq and ioredis.*npm install bullmq ioredis\.$/);
  });
});
