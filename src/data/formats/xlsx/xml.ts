/** @file The XML of a workbook's parts, read as it streams: no tree is built, and what was cut short is noticed. */

import type { ByteSource } from '../../csv-source.js';

/** Names come without the prefix of their namespace. */
export interface XmlHandler {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/**
 * Calls the handler for all of a part, and gives away what it has gathered after each piece.
 *
 * Throws   Error: a part that ends before its first element does
 */
export async function* walkXml<T>(part: ByteSource, handler: XmlHandler, take: () => readonly T[]): AsyncGenerator<T> {
  // Loaded with the first workbook: most tables are none.
  const { Parser } = await import('htmlparser2');
  let [isEnding, isCut] = [false, false];
  const parser = new Parser(
    {
      onopentag: (name, attributes) => handler.open?.(local(name), attributes),
      ontext: (text) => handler.text?.(text),
      onclosetag(name) {
        // What is open at the end is closed by the parser.
        isCut ||= isEnding;
        handler.close?.(local(name));
      },
    },
    { xmlMode: true },
  );
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const chunk of part.chunks()) {
    decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf-16le' : 'utf-8');
    parser.write(decoder.decode(chunk, { stream: true }));
    yield* take();
  }
  isEnding = true;
  parser.end();
  if (isCut) throw new Error('the XML ends too early');
  yield* take();
}

/** The same, for parts that are small. */
export async function readXml(part: ByteSource, handler: XmlHandler): Promise<void> {
  for await (const nothing of walkXml(part, handler, () => [])) void nothing;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** A text as Excel means it: `_x000D_` is a sign that XML cannot hold, and every line break is one sign. */
export function plainText(text: string): string {
  const raw = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return raw.includes('_x')
    ? raw.replace(/_x([0-9a-f]{4})_/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : raw;
}
