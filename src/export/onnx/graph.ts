/**
 * @file An ONNX graph being built. Equal nodes and equal constants stand once: folds whose preparation is the same share it
 * without anybody looking for it.
 */

import { Message } from './protobuf.js';

/** Element types, by their number in the format. */
export const ELEMENT = { float: 1, uint8: 2, int64: 7, string: 8, bool: 9, double: 11 } as const;
export type Element = keyof typeof ELEMENT;

/** The format's version, and those of the two sets of operators. */
export const IR_VERSION = 10;
export const OPSETS: readonly (readonly [domain: string, version: number])[] = [
  ['', 21],
  ['ai.onnx.ml', 5],
];

/** The name of a value in the graph. */
export type Value = string;

/** A tensor as an attribute. */
export interface TensorAttribute {
  readonly element: 'float' | 'double' | 'uint8';
  readonly data: Float32Array | Float64Array | Uint8Array;
}

/** A whole number, a text, whole numbers, texts, `{ float }` or a tensor. */
export type Attribute = number | string | ArrayLike<number> | readonly string[] | { float: number } | TensorAttribute;

export interface GraphPort {
  readonly name: string;
  readonly element: Element;
  /** A text stands for a size that is only known when it runs. */
  readonly shape: readonly (number | string)[];
}

export class Graph {
  private readonly nodes: Message[] = [];
  private readonly constants: Message[] = [];
  private readonly known = new Map<string, Value>();
  private count = 0;

  /** `prefix` begins the name of every inner value: no input or output may begin with it. */
  constructor(private readonly prefix: string) {}

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** Adds a node with one output, or finds the equal one; `name` gives the output a name of its own. */
  node(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    name?: string,
  ): Value {
    return this.nodes_(op, inputs, attributes, '', name);
  }

  /** The first output of a node that must have two. */
  firstOfTwo(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>>): Value {
    return this.nodes_(op, inputs, attributes, '', undefined, true);
  }

  /** A node of the classic machine learning operators. */
  mlNode(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>>): Value {
    return this.nodes_(op, inputs, attributes, 'ai.onnx.ml');
  }

  float(data: ArrayLike<number>, shape: readonly number[] = [data.length]): Value {
    return this.raw('float', Float32Array.from(data), shape);
  }

  double(data: ArrayLike<number>, shape: readonly number[] = [data.length]): Value {
    return this.raw('double', Float64Array.from(data), shape);
  }

  int64(data: ArrayLike<number>, shape: readonly number[] = [data.length]): Value {
    return this.raw('int64', BigInt64Array.from(Array.from(data, BigInt)), shape);
  }

  strings(data: readonly string[]): Value {
    return this.once(`strings ${JSON.stringify(data)}`, (name) => {
      const tensor = new Message().int(1, data.length).int(2, ELEMENT.string);
      for (const text of data) tensor.text(6, text);
      this.constants.push(tensor.text(8, name));
    });
  }

  /** The bytes of a GraphProto. */
  finish(name: string, inputs: readonly GraphPort[], outputs: readonly GraphPort[]): Uint8Array {
    const graph = new Message();
    for (const node of this.nodes) graph.message(1, node);
    graph.text(2, name);
    for (const constant of this.constants) graph.message(5, constant);
    for (const input of inputs) graph.message(11, portMessage(input));
    for (const output of outputs) graph.message(12, portMessage(output));
    return graph.finish();
  }

  private nodes_(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    domain: string,
    wanted?: string,
    hasSecond = false,
  ): Value {
    const entries = Object.entries(attributes).map(([name, value]) => attributeMessage(name, value).finish());
    // Large attributes (trees) are never equal, and not worth a key.
    const isLarge = entries.some((bytes) => bytes.length > 100_000);
    const key = isLarge || wanted !== undefined ? `${this.count}` : entries.map((bytes) => latin1(bytes)).join('\0');
    return this.once(
      JSON.stringify([domain, op, inputs, key]),
      (name) => {
        const node = new Message();
        for (const input of inputs) node.text(1, input);
        node.text(2, name);
        if (hasSecond) node.text(2, `${name}_second`);
        node.text(3, name).text(4, op);
        for (const entry of entries) node.bytes(5, entry);
        this.nodes.push(domain === '' ? node : node.text(7, domain));
      },
      wanted,
    );
  }

  private raw(element: Element, data: ArrayBufferView, shape: readonly number[]): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.once(`${element} ${shape.join('x')} ${latin1(bytes)}`, (name) =>
      this.constants.push(tensorMessage(element, bytes, shape).text(8, name)),
    );
  }

  private once(key: string, add: (name: Value) => void, wanted?: string): Value {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = wanted ?? `${this.prefix}${this.count}`;
    this.count++;
    this.known.set(key, name);
    add(name);
    return name;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

function tensorMessage(element: Element, bytes: Uint8Array, shape: readonly number[]): Message {
  return new Message().ints(1, shape).int(2, ELEMENT[element]).bytes(9, bytes);
}

function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, 2);
  if (typeof value === 'string') return message.text(4, value).int(20, 3);
  if ('float' in value) return message.float(2, value.float).int(20, 1);
  if ('element' in value) {
    const { element, data } = value;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return message.message(5, tensorMessage(element, bytes, [data.length])).int(20, 4);
  }
  if (typeof value[0] === 'string') {
    for (const text of value as readonly string[]) message.text(9, text);
    return message.int(20, 8);
  }
  return message.ints(8, value as ArrayLike<number>).int(20, 7);
}

function portMessage({ name, element, shape }: GraphPort): Message {
  const dimensions = new Message();
  for (const size of shape) {
    dimensions.message(1, typeof size === 'number' ? new Message().int(1, size) : new Message().text(2, size));
  }
  const tensor = new Message().int(1, ELEMENT[element]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
