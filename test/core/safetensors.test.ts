import { expect } from 'chai';
import fc from 'fast-check';

import type { Safetensors, Tensor } from '../../src/core/index.js';
import { ToolkitError } from '../../src/core/index.js';
import { readSafetensors, writeSafetensors } from '../../src/core/index.js';

/** A file with this header text and so many bytes of data. */
function fileWith(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + text.length + dataBytes);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, 8);
  return out;
}

const headerOf = (entries: unknown, dataBytes: number) => fileWith(JSON.stringify(entries), dataBytes);

const vector = (dtype: string, begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const anyTensor: fc.Arbitrary<Tensor> = fc
  .oneof(fc.float32Array(), fc.float64Array(), fc.int32Array(), fc.uint8Array())
  .map((data) => ({ shape: data.length % 2 === 0 ? [2, data.length / 2] : [data.length], data }));

describe('safetensors', () => {
  it('is read back to the bit, whatever the names, types, shapes and texts', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'ünï', 'constructor', '1'));
    const files = fc.record({
      metadata: fc.dictionary(names, fc.string({ unit: 'binary' })),
      tensors: fc.dictionary(
        names.filter((name) => name !== '__metadata__'),
        anyTensor,
      ),
    });
    fc.assert(
      fc.property(files, ({ metadata, tensors }) => {
        const found = readSafetensors(writeSafetensors({ metadata, tensors }));
        expect(Object.entries(found.metadata)).to.have.deep.members(Object.entries(metadata));
        expect(Object.keys(found.tensors)).to.have.members(Object.keys(tensors));
        for (const [name, { shape, data }] of Object.entries(tensors)) {
          expect(found.tensors[name].shape).to.deep.equal(shape);
          expect(found.tensors[name].data.constructor).to.equal(data.constructor);
          expect(bytes(found.tensors[name])).to.deep.equal(bytes({ shape, data }));
        }
      }),
    );
  });

  it('has the bytes of the format', () => {
    const written = writeSafetensors({
      metadata: { a: 'b' },
      tensors: { x: { shape: [1, 2], data: Float32Array.of(1, 2) } },
    });
    const json = '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    const length = new DataView(written.buffer).getBigUint64(0, true);
    expect(Number(length) % 8).to.equal(0);
    expect(new TextDecoder().decode(written.subarray(8, 8 + Number(length))).trimEnd()).to.equal(json);
    expect(Array.from(written.subarray(-8))).to.deep.equal([0, 0, 128, 63, 0, 0, 0, 64]);
  });

  it('aligns every tensor to its element size, and does not depend on the order of the names', () => {
    const tensors: Record<string, Tensor> = {
      bytes: { shape: [3], data: Uint8Array.of(1, 2, 3) },
      floats: { shape: [1], data: Float32Array.of(1) },
      doubles: { shape: [1], data: Float64Array.of(1) },
    };
    const written = writeSafetensors({ metadata: {}, tensors });
    const start = 8 + Number(new DataView(written.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(written.subarray(8, start))) as Record<
      string,
      { data_offsets: number[] }
    >;
    for (const [name, { data }] of Object.entries(tensors)) {
      expect((start + header[name].data_offsets[0]) % data.BYTES_PER_ELEMENT).to.equal(0);
    }
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    expect(writeSafetensors({ metadata: {}, tensors: reversed })).to.deep.equal(written);
  });

  it('writes views of larger and of shared memory', () => {
    const shared = new Float32Array(new SharedArrayBuffer(16)).fill(7);
    const { tensors } = readSafetensors(
      writeSafetensors({ metadata: {}, tensors: { s: { shape: [2], data: shared.subarray(1, 3) } } }),
    );
    expect(tensors['s'].data).to.deep.equal(Float32Array.of(7, 7));
  });

  it('reads Node buffers, wherever in their pool they lie', () => {
    const written = writeSafetensors({ metadata: {}, tensors: { x: { shape: [1], data: Float64Array.of(0.1) } } });
    for (let offset = 0; offset < 8; offset++) {
      const buffer = Buffer.concat([Buffer.alloc(offset), written]).subarray(offset);
      expect(readSafetensors(buffer).tensors['x'].data).to.deep.equal(Float64Array.of(0.1));
    }
  });

  it('refuses to write shapes that do not fit and the reserved name', () => {
    const write = (name: string, shape: number[]) => () =>
      writeSafetensors({ metadata: {}, tensors: { [name]: { shape, data: new Float32Array(4) } } });
    expect(write('w', [3])).to.throw('tensor w: shape [3] must fit its data, got 4.');
    expect(write('__metadata__', [4])).to.throw('no tensor may be named __metadata__');
  });

  it('reports every cut of a file as data that cannot be read', () => {
    const whole = writeSafetensors({ metadata: { a: 'b' }, tensors: { x: { shape: [4], data: new Float32Array(4) } } });
    for (let length = 0; length < whole.length; length++) {
      expect(() => readSafetensors(whole.subarray(0, length)), `${length} bytes`).to.throw(
        ToolkitError,
        /^safetensors: must/,
      );
    }
    expect(() => readSafetensors(whole.subarray(0, whole.length - 1))).to.throw(
      'must have at least 16 bytes, got 15. The file is cut short',
    );
    const longer = Uint8Array.from([...whole, 0]);
    expect(() => readSafetensors(longer)).to.throw('must end after 16 bytes of data, got 17.');
  });

  const hostile: [string, Uint8Array, string][] = [
    [
      'a header longer than memory',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 0x7b),
      'got "something else"',
    ],
    ['a text file', new TextEncoder().encode('age,city\n1,Rome\n2,Oslo\n'), 'must be a safetensors file'],
    ['a header that is no JSON', fileWith('{"a":', 0), 'a header that is not JSON'],
    ['a header that is a list', fileWith('[]', 0), 'must be a safetensors file'],
    ['an unknown type', headerOf({ x: vector('BF16', 0, 4) }, 4), 'must be of type F64, F32, I32, U8, got "BF16"'],
    ['a type named like a method', headerOf({ x: vector('toString', 0, 4) }, 4), 'must be of type'],
    ['no description', headerOf({ x: null }, 4), 'tensor x must be described, got null'],
    ['a negative size', headerOf({ x: vector('F32', 0, 4, [-1]) }, 4), 'tensor x must have a shape, got [-1]'],
    ['a size of 1e308', headerOf({ x: vector('F32', 0, 4, [1e308]) }, 4), 'must have a shape'],
    [
      'sizes that overflow',
      headerOf({ x: vector('F32', 0, 4, [2 ** 52, 2 ** 52]) }, 4),
      'must have 8.112963841460668e+31 bytes, got 4',
    ],
    ['one offset', headerOf({ x: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4), 'must have two offsets'],
    ['offsets that end before they begin', headerOf({ x: vector('F32', 4, 0, [1]) }, 4), 'must have 4 bytes, got -4'],
    ['a hole', headerOf({ x: vector('F32', 4, 8) }, 8), 'tensor x must begin at byte 0, got 4'],
    [
      'an overlap',
      headerOf({ x: vector('F32', 0, 8), y: vector('F32', 4, 8) }, 8),
      'tensor y must begin at byte 8, got 4',
    ],
    ['data beyond the end', headerOf({ x: vector('F32', 0, 400) }, 4), 'must have at least 400 bytes, got 4'],
    ['metadata that is not text', headerOf({ __metadata__: { a: 1 } }, 0), 'metadata must be texts'],
  ];
  for (const [name, file, message] of hostile) {
    it(`refuses ${name}`, () => expect(() => readSafetensors(file)).to.throw(ToolkitError, message));
  }

  it('reads or refuses any bytes, and nothing else happens', () => {
    const file: Safetensors = { metadata: { a: 'b' }, tensors: { x: { shape: [2], data: new Float32Array(2) } } };
    const whole = writeSafetensors(file);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (place, value) => {
        const changed = whole.slice();
        changed[place] = value;
        try {
          readSafetensors(changed);
        } catch (error) {
          expect(error).to.be.instanceOf(ToolkitError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function bytes({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
