/** @file A Redis that is shut: passwords, users of access lists, TLS. Each refusal is one sentence that says what to do. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { describeCluster } from '../../src/cluster/index.js';
import { ToolkitError } from '../../src/core/index.js';
import { freePort } from '../support/redis.js';
import { Around } from './around.js';
import { job } from './tables.js';

async function refusal(url: string): Promise<string> {
  const error = await describeCluster(url, '1.0.0').catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
  return (error as Error).message;
}

describe('a Redis with users', function () {
  this.timeout(120_000);
  const around = new Around([]);
  const url = (login: string): string => `redis://${login}@127.0.0.1:${around.redis.port}`;

  it('refuses in one sentence a wrong password and a user that it does not know', async () => {
    await around.redis.client.call('ACL', 'SETUSER', 'ann', 'on', '>sesame', '~lrnn:*', '+@all');
    for (const login of ['ann:open', 'bob:sesame']) {
      expect(await refusal(url(login))).to.equal(
        `redis://127.0.0.1:${around.redis.port}: the user name and the password must be right.`,
      );
    }
  });

  it('does with a user of lrnn:* and all commands, as is written, and leaves nothing', async () => {
    await around.redis.client.call('ACL', 'SETUSER', 'ann', 'on', '>sesame', '~lrnn:*', '+@all');
    await around.worker({ url: url('ann:sesame') });
    const cluster = await around.coordinator({ url: url('ann:sesame') });
    expect(await cluster.executor().run(job(1))).to.have.property('score', 1);
    await cluster.close();
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('refuses in one sentence users that may not write there, before any work', async () => {
    const { client } = around.redis;
    await client.call('ACL', 'SETUSER', 'reader', 'on', '>sesame', '~lrnn:*', '+@read', '+@connection', '+info');
    await client.call('ACL', 'SETUSER', 'other', 'on', '>sesame', '~theirs:*', '+@all');
    for (const login of ['reader:sesame', 'other:sesame']) {
      expect(await refusal(url(login))).to.match(/: must allow its user the keys lrnn:\* and all commands on them\.$/);
    }
  });

  it('refuses in one sentence a database that it does not have', async () => {
    expect(await refusal(`${around.redis.url}/99`)).to.match(/: has no database of that number\.$/);
  });
});

describe('a Redis behind TLS', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-tls-'));
  const [certificate, key] = ['own.crt', 'own.key'].map((name) => join(folder, name));
  before(function () {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
    const { error, status } = spawnSync('openssl', [...args, ...subject], { stdio: 'ignore' });
    if (error) this.skip();
    expect(status).to.equal(0);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
  const around = new Around([...files, '--tls-auth-clients', 'no']);

  async function secure(): Promise<string> {
    const port = await freePort();
    await around.redis.client.config('SET', 'tls-port', String(port));
    return `rediss://localhost:${port}`;
  }

  /** What the doctor says in a process of its own: authorities are read when Node begins. */
  async function doctor(url: string, authorities?: string): Promise<string> {
    const code = `import('./src/cluster/index.ts').then(({ describeCluster }) => describeCluster(${JSON.stringify(url)}, '1.0.0'))
      .then(([{ detail }]) => console.log(detail), ({ message }) => console.log(message))`;
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', code], {
      env: { ...process.env, ...(authorities ? { NODE_EXTRA_CA_CERTS: authorities } : {}) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) said += text as string;
    return said.trim();
  }

  it('is used where its certificate is trusted, and refused in one sentence where it is not', async () => {
    const url = await secure();
    expect(await doctor(url, certificate)).to.match(/^rediss:\/\/localhost:\d+; version \d/);
    expect(await refusal(url)).to.match(
      /: must show a certificate for its name that this machine trusts\. NODE_EXTRA_CA_CERTS names a file/,
    );
  });

  it('is not mistaken for one without, nor the other way round', async () => {
    const url = await secure();
    expect(await refusal(url.replace('rediss:', 'redis:'))).to.match(/If it speaks TLS, use rediss:\/\/ instead/);
    expect(await refusal(around.redis.url.replace('redis:', 'rediss:'))).to.match(
      /use redis:\/\/ instead of rediss:\/\//,
    );
  });
});
