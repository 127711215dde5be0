/** @file A TCP proxy that a test puts before a server, to cut, hold and refuse what goes through it. */

import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** Bytes that clients have sent through it so far. */
  readonly sent: number;
  /** Cuts all connections that are open now, or those of which `isCut` says so. */
  cut(isCut?: () => boolean): void;
  /** Passes nothing on any more, in neither direction, and takes new connections all the same. */
  hold(): void;
  /** Cuts all connections and takes no new ones. */
  shut(): Promise<void>;
}

/** Cuts by itself, as the machine of a firewall does, once so many bytes have come from clients; then it refuses them. */
export async function startProxy(to: number, shutAfter = Infinity): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let sent = 0;
  let isHeld = false;
  const server: Server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    client.on('data', (part) => {
      sent += part.length;
      if (sent > shutAfter) shut();
      else if (!isHeld) upstream.write(part);
    });
    upstream.on('data', (part) => {
      if (!isHeld) client.write(part);
    });
  });
  function cut(isCut = (): boolean => true): void {
    for (const pair of [...pairs]) if (isCut()) pair[0].resetAndDestroy();
  }
  function shut(): void {
    server.close();
    cut();
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    get sent() {
      return sent;
    },
    cut,
    hold: () => void (isHeld = true),
    shut: async () => {
      const ended = new Promise((resolve) => server.once('close', resolve));
      if (!server.listening) return;
      shut();
      await ended;
    },
  };
}
