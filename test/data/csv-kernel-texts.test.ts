import { expect } from 'chai';

import { PlainKernel } from '../../src/data/csv-kernel.js';
import { KernelTexts } from '../../src/data/csv-kernel-texts.js';
import { PlainRows } from '../../src/data/csv-plain.js';
import { plainReader } from '../../src/data/csv-rows.js';
import { TextColumnBuilder } from '../../src/data/text-column.js';
import { Plan } from '../../src/data/wasm/build.js';

describe('KernelTexts', () => {
  it('makes a larger table for short texts alone: long ones are in none', () => {
    const plan = new Plan();
    const input = plan.room(1 << 17);
    const places = KernelTexts.plan(plan, 1);
    const { kernels, buffer } = plan.build();
    let moves = 0;
    const counted = {
      setTexts: () => undefined,
      find: (...args: Parameters<typeof kernels.find>) => kernels.find(...args),
      put: (...args: Parameters<typeof kernels.put>) => kernels.put(...args),
      move: (...[from, fromMask, to, toMask]: Parameters<typeof kernels.move>) => {
        moves++;
        kernels.move(from, fromMask, to, toMask);
      },
    };
    const memory = Buffer.from(buffer);
    const texts = new KernelTexts(places, { ...kernels, ...counted }, memory);
    texts.belongTo([0], [new TextColumnBuilder()]);
    const take = (bytes: number): void => {
      const waiting = new Uint32Array(buffer, places.waiting, 4);
      for (let i = 0; i < 200; i++) {
        memory.write(String(i).padEnd(bytes, 'x'), input, 'latin1');
        waiting.set([0, 0, input, input + bytes]);
        texts.take(1, [new Float64Array(1)], [new Uint8Array(1)]);
      }
    };
    take(25);
    expect(moves).to.equal(0);
    take(24);
    expect(moves).to.be.greaterThan(0);
  });
});

describe('plainReader', () => {
  it('is a kernel for long texts of not too many columns', () => {
    const of = (width: number, bytes: number) => plainReader({ delimiter: ',', backslash: false, width }, bytes);
    expect(of(3, 1 << 20)).to.be.instanceOf(PlainKernel);
    expect(of(3, 1000)).to.be.instanceOf(PlainRows);
    expect(of(99_000, 1 << 20)).to.be.instanceOf(PlainRows);
  });
});
