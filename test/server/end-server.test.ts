import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';

import { expect } from 'chai';

import { endServer, listen, makeServer } from '../../src/server/listen.js';

const HOST = '127.0.0.1';
const ASK = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n';

describe('endServer', () => {
  const sockets: Socket[] = [];
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

  async function open(connection: string): Promise<{ server: Server; port: number }> {
    const server = makeServer(
      (_: unknown, response: { end(text: string): void; setHeader(k: string, v: string): void }) => {
        response.setHeader('connection', connection);
        response.end('here');
      },
    );
    return { server, port: await listen(server, 0, HOST) };
  }

  function visitor(port: number): Socket {
    const socket = connect(port, HOST).on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  async function answer(socket: Socket): Promise<string> {
    const heard: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => heard.push(bytes)).write(ASK);
    await once(socket, 'close');
    return Buffer.concat(heard).toString().split('\r\n')[0];
  }

  it('answers whoever had come in and had not asked yet, and lets in nobody new', async () => {
    const { server, port } = await open('close');
    const early = Array.from({ length: 20 }, () => visitor(port));
    await Promise.all(early.map((socket) => once(socket, 'connect')));
    const ended = endServer(server, { patienceMs: 60_000, timeoutMs: 120_000 });
    while (server.listening) await new Promise((done) => setImmediate(done));
    const [late] = (await once(connect(port, HOST), 'error')) as [NodeJS.ErrnoException];
    expect(late.code).to.equal('ECONNREFUSED');
    expect(await Promise.all(early.map(answer))).to.deep.equal(early.map(() => 'HTTP/1.1 200 OK'));
    await ended;
  });

  it('cuts those who stay silent: after an answer when its patience is over, at once where it has none, and all in the end', async () => {
    for (const [patienceMs, timeoutMs, isAsking] of [
      [0, 120_000, true],
      [20, 120_000, true],
      [20, 40, false],
    ] as const) {
      const { server, port } = await open('keep-alive');
      const silent = visitor(port);
      await Promise.all([once(silent, 'connect'), once(server, 'connection')]);
      if (isAsking) {
        silent.write(ASK);
        await once(silent, 'data');
      }
      await endServer(server, { patienceMs, timeoutMs });
      expect(server.listening).to.equal(false);
    }
  });
});
