/** @file Bodies that stop coming. A request may take as long as it likes while something arrives; a silent one is cut off. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Looks at the socket within the patience: a server that was busy itself counts one look, not the time. */
const LOOKS = 5;

/**
 * Calls `answer`, once, when the rest of a body has not come for `patienceMs` though it was waited for. The connection ends with
 * that answer.
 */
export function watchBody(
  request: IncomingMessage,
  response: ServerResponse,
  patienceMs: number,
  answer: () => void,
): void {
  if (!hasBody(request)) return;
  // The request forgets its socket when that is reset.
  const { socket } = request;
  let bytes = socket.bytesRead;
  let silent = 0;
  const timer = setInterval(() => {
    // What has arrived and was not taken yet is our delay, not the visitor's.
    const isHeard = socket.bytesRead !== bytes || request.readableLength > 0;
    bytes = socket.bytesRead;
    silent = isHeard ? 0 : silent + 1;
    if (request.complete || request.destroyed) clearInterval(timer);
    else if (silent >= LOOKS) {
      clearInterval(timer);
      response.once('finish', () => request.destroy());
      if (response.headersSent) return void request.destroy();
      response.setHeader('connection', 'close');
      answer();
    }
  }, patienceMs / LOOKS);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
