import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeEvents, makeStudy } from '../support/studies.js';

const DOCS = readFileSync(resolve(import.meta.dirname, '../../docs/behind-a-proxy.md'), 'utf8');
const NAME = 'automl.example';
const TOKEN = 'a-token-of-some-length';
/** A visitor who is not the proxy, on the same computer. */
const VISITOR = '127.0.0.9';
const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';

/** The example of the docs, without TLS, at ports of ours. */
function example(language: string, changes: readonly (readonly [string, string])[]): string {
  const text = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(DOCS)![1];
  return changes.reduce((changed, [from, to]) => {
    expect(changed, `the example has ${from}`).to.include(from);
    return changed.replaceAll(from, to);
  }, text);
}

interface Ports {
  readonly own: number;
  readonly target: number;
}

const PROXIES: Readonly<
  Record<
    string,
    { args: string[]; end: NodeJS.Signals; config: string; write: (folder: string, ports: Ports) => string }
  >
> = {
  nginx: {
    // A killed one would leave its workers behind.
    end: 'SIGTERM',
    args: ['-e', 'stderr', '-p', '.', '-c', 'proxy.conf'],
    config: 'proxy.conf',
    write: (folder, { own, target }) => {
      const server = example('nginx', [
        ['listen 443 ssl;', `listen 127.0.0.1:${own};`],
        ['http://127.0.0.1:3000;', `http://127.0.0.1:${target};`],
      ]);
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
      return [
        ...(process.getuid?.() === 0 ? ['user root;'] : []),
        'daemon off;',
        'worker_processes 1;',
        `pid ${folder}/nginx.pid;`,
        'error_log stderr;',
        'events { worker_connections 64; }',
        'http {',
        'access_log off;',
        ...paths.map((name) => `${name}_temp_path ${folder}/${name};`),
        server,
        '}',
      ].join('\n');
    },
  },
  caddy: {
    // Else it waits for connections that a test has left open.
    end: 'SIGKILL',
    args: ['run', '--adapter', 'caddyfile', '--config', 'Caddyfile'],
    config: 'Caddyfile',
    write: (_folder, { own, target }) => {
      const site = example('caddyfile', [
        [`${NAME} {`, `http://${NAME}:${own} {\n  bind 127.0.0.1`],
        ['127.0.0.1:3000', `127.0.0.1:${target}`],
      ]);
      return `{\n  admin off\n}\n${site}`;
    },
  },
};

function programOf(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

for (const [proxy, { args, end, config, write }] of Object.entries(PROXIES)) {
  describe(`serve behind ${proxy}, as the docs say`, function () {
    this.timeout(120_000);
    const running = makeStudy({ status: 'running', trials: 2 });
    const studies = new FakeStudies().add('s', running, makeEvents(running)).add('done', makeStudy());
    studies.onStart = (run) =>
      run.fail(new ToolkitError('data', { where: 'search', rule: 'none is made in this test' }));
    const lines: string[] = [];
    let folder = '';
    let server: RunningServer | undefined;
    let child: ChildProcess | undefined;
    let port = 0;
    let said = '';

    before(async function () {
      const program = programOf(proxy);
      if (program === null && !isCi) this.skip();
      if (program === null) throw new Error(`${proxy} is missing: sh scripts/install-test-packages.sh installs it`);
      folder = mkdtempSync(join(tmpdir(), `lrnn-${proxy}-`));
      const reportsFolder = join(folder, 'reports');
      mkdirSync(reportsFolder);
      const shared = { token: TOKEN, publicUrl: `https://${NAME}`, trustProxies: ['127.0.0.1'] };
      const onRequest = (line: string): void => void lines.push(line);
      server = await serve({ reportsFolder, studies, port: 0, pollMs: 20, onRequest, ...shared });
      port = await freePort();
      writeFileSync(join(folder, config), write(folder, { own: port, target: server.port }));
      const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
      child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
      while ((await ask('GET', '/healthz').catch(() => null))?.status !== 200) {
        expect(child.exitCode, said).to.equal(null);
        await new Promise((done) => setTimeout(done, 50));
      }
    });
    after(async () => {
      if (child?.exitCode === null) {
        child.kill(end);
        await new Promise((done) => child!.once('exit', done));
      }
      await server?.close();
      if (folder !== '') rmSync(folder, { recursive: true, force: true });
    });

    const open = (method: string, path: string, headers: Record<string, string>): ClientRequest => {
      const address = { host: '127.0.0.1', port, localAddress: VISITOR, agent: false as const };
      return request({ ...address, method, path, headers: { host: NAME, ...headers } });
    };
    const replyTo = (sent: ClientRequest): Promise<IncomingMessage> =>
      new Promise((done, fail) => sent.once('response', done).once('error', fail));
    const textOf = async (reply: IncomingMessage): Promise<string> => {
      let text = '';
      for await (const piece of reply.setEncoding('utf8')) text += piece as string;
      return text;
    };
    async function ask(method: string, path: string, headers: Record<string, string> = {}, body = '') {
      const sent = open(method, path, headers);
      const replied = replyTo(sent);
      sent.end(body);
      const reply = await replied;
      return { status: reply.statusCode!, headers: reply.headers, text: await textOf(reply) };
    }
    const bearer = { authorization: `Bearer ${TOKEN}` };

    it('lets people sign in on the public name, keeps a Secure cookie, and takes forms of no other page', async () => {
      expect((await ask('GET', '/', { accept: 'text/html' })).headers.location).to.equal('/sign-in?next=%2F');
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = `token=${TOKEN}&next=%2F`;
      const own = await ask('POST', '/sign-in', { ...form, origin: `https://${NAME}` }, body);
      expect([own.status, own.headers.location]).to.deep.equal([303, '/']);
      const [cookie] = own.headers['set-cookie']!;
      expect(cookie).to.include('; Secure').and.include('; HttpOnly').and.include('; SameSite=Strict');
      const page = await ask('GET', '/', { accept: 'text/html', cookie: cookie.split(';')[0] });
      expect(page.status).to.equal(200);
      expect(page.text).to.include('href="/studies/s"').and.not.include(folder);
      const evil = await ask('POST', '/sign-in', { ...form, origin: 'https://evil.example' }, body);
      expect(evil.status).to.equal(403);
    });

    it('knows who asks, whatever they say of themselves, and answers under no other name', async () => {
      await ask('GET', '/new', { ...bearer, 'x-forwarded-for': '203.0.113.7', 'x-forwarded-host': 'evil.example' });
      expect(lines.at(-1)).to.match(new RegExp(` ${VISITOR} GET /new 200 `));
      const strange = await ask('GET', '/', { ...bearer, host: 'evil.example' });
      expect(strange.text).not.to.include('/studies/s');
    });

    it('sends events as they are written', async () => {
      const sent = open('GET', '/studies/s/events', bearer);
      const replied = replyTo(sent);
      sent.end();
      const reply = (await replied).setEncoding('utf8');
      expect(reply.headers['content-type']).to.include('text/event-stream');
      let text = '';
      reply.on('data', (piece: string) => (text += piece));
      const until = async (words: string): Promise<void> => {
        while (!text.includes(words) && !reply.destroyed) await new Promise((done) => setTimeout(done, 5));
      };
      await until('event: trial-started\n');
      studies.tell('s', { type: 'warning', message: 'something new' });
      await until('something new');
      expect(text).to.include('something new');
      expect(reply.complete).to.equal(false);
      sent.destroy();
    });

    it('takes uploads of megabytes, and passes them on as they come', async () => {
      const boundary = 'xyzzy';
      const part = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n`;
      const body = `${part}a,b\n${'1,2\n'.repeat(1_000_000)}\r\n--${boundary}--\r\n`;
      const type = {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': String(body.length),
      };
      const whole = await ask('POST', '/studies/done/models/lrnn-2/predict-file', { ...bearer, ...type }, body);
      expect(whole.status).to.equal(200);
      const sent = open('POST', '/studies', { ...bearer, ...type });
      sent.on('error', () => undefined);
      sent.write(body.slice(0, body.length / 2));
      const uploads = (): string[] =>
        readdirSync(join(folder, 'reports')).filter((name) => name.startsWith('.upload-'));
      while (uploads().length === 0) await new Promise((done) => setTimeout(done, 5));
      sent.destroy();
      while (uploads().length > 0) await new Promise((done) => setTimeout(done, 5));
    });
  });
}
