import type { Socket } from 'node:net';
import { connect } from 'node:net';

export interface SentForm {
  readonly port: number;
  readonly path: string;
  readonly boundary: string;
  /** The form, or its beginning, one byte a sign. */
  readonly sent: string;
  /** What the head says of its length. */
  readonly length: number;
  /** Done to the connection when all of that is written. */
  readonly then?: (socket: Socket) => void;
}

/** Sends a form as no client would; resolves with all that the server says before the connection ends. */
export function sendForm({ port, path, boundary, sent, length, then }: SentForm): Promise<string> {
  return new Promise((done) => {
    let said = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      'Connection: close',
      `Content-Type: multipart/form-data; boundary=${boundary}`,
      `Content-Length: ${length}`,
    ];
    socket.on('data', (data) => (said += data.toString()));
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
    socket.on('close', () => done(said));
    socket.write(`${head.join('\r\n')}\r\n\r\n${sent}`, 'latin1', () => then?.(socket));
  });
}
