/** @file Answers of text, made smaller for who can read them so. */

import { gzip } from 'node:zlib';

/** Less than this is hardly made smaller, and never felt. */
const LEAST_BYTES = 1400;
/** Half of the time of the usual one, for a few bytes more. */
const LEVEL = 5;

/**
 * Whether a client takes gzip: `*` stands for what is not named, and a quality of 0 for no.
 *
 * Source  https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding
 */
export function takesGzip(accept: string | undefined): boolean {
  const qualities = new Map<string, number>();
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim());
    const said = parameters.find((parameter) => parameter.startsWith('q='));
    qualities.set(name, said === undefined ? 1 : Number(said.slice(2)) || 0);
  }
  return (qualities.get('gzip') ?? qualities.get('x-gzip') ?? qualities.get('*') ?? 0) > 0;
}

/** The bytes of an answer, packed off the event loop where that is worth it. */
export async function packed(
  text: string,
  accept: string | undefined,
): Promise<{ readonly bytes: Buffer; readonly isPacked: boolean }> {
  const bytes = Buffer.from(text);
  if (bytes.length < LEAST_BYTES || !takesGzip(accept)) return { bytes, isPacked: false };
  const small = await new Promise<Buffer>((resolve, reject) => {
    gzip(bytes, { level: LEVEL }, (error, result) => (error ? reject(error) : resolve(result)));
  });
  return { bytes: small, isPacked: true };
}
