/** @file What every Storage must do. */

import { expect } from 'chai';

import type { Storage, TrialSpec } from '../../src/search/index.js';

export function makeSpec(number: number, more: Partial<TrialSpec> = {}): TrialSpec {
  const params = { depth: number, nested: { list: [1, null, 'ü', true] } };
  return { number, group: 'lrnn', origin: 'tpe', params, assignment: { depth: number }, seed: 4294967295, ...more };
}

/** `make` gives a new, empty storage whose clock says 1000, 1001, 1002, ... */
export function describeStorage(name: string, make: () => Storage): void {
  describe(`${name} as a storage`, () => {
    let storage: Storage;
    beforeEach(() => (storage = make()));
    afterEach(() => storage.close());

    it('holds nothing at first', () => {
      expect(storage.trials()).to.deep.equal([]);
      expect(storage.parts()).to.deep.equal([]);
      expect(storage.parts(0)).to.deep.equal([]);
      expect(storage.events()).to.deep.equal([]);
      expect(storage.lastEventId()).to.equal(0);
      expect(storage.get('x')).to.equal(undefined);
      expect(storage.getBlob('x')).to.equal(undefined);
      expect(storage.blob(0, 0, 'x')).to.equal(undefined);
    });

    it('keeps settings of every JSON kind and replaces them', () => {
      for (const value of [null, false, 0, -1.5e-300, '', 'ünï"\'\\;--', [1, [2]], { a: { b: null } }]) {
        storage.set('key', value);
        expect(storage.get('key')).to.deep.equal(value);
      }
      expect(storage.get('other')).to.equal(undefined);
    });

    it('refuses what JSON would lose', () => {
      expect(() => storage.set('x', { a: NaN })).to.throw('storage.set: numbers must be finite, got NaN. At "a".');
      expect(() => storage.set('x', undefined as never)).to.throw('storage.set: the value must be JSON');
      expect(() => storage.appendEvent({ a: Infinity })).to.throw('storage.appendEvent: numbers must be finite');
      expect(() => storage.begin(makeSpec(0, { seed: 0.5 }))).to.throw('seed must be a whole number');
      expect(() => storage.begin(makeSpec(-1))).to.throw('number must be a whole number');
      storage.begin(makeSpec(0));
      expect(() => storage.recordPart({ trial: 0, part: 0, value: NaN, seconds: 1 })).to.throw('value must be finite');
      expect(() => storage.finish(0, { state: 'complete', value: Infinity })).to.throw('value must be finite or null');
      expect(storage.trials()[0].state).to.equal('running');
    });

    it('keeps a trial from its beginning to its end', () => {
      storage.begin(makeSpec(0));
      const begun = { ...makeSpec(0), state: 'running', value: null, info: {}, error: null, finishedAt: null };
      expect(storage.trials()).to.deep.equal([{ ...begun, startedAt: 1000 }]);
      storage.finish(0, { state: 'failed', value: null, info: { a: 1 }, error: 'out of luck' });
      const [ended] = storage.trials();
      expect(ended).to.deep.include({ state: 'failed', value: null, info: { a: 1 }, error: 'out of luck' });
      expect(ended).to.deep.include({ startedAt: 1000, finishedAt: 1001, seed: 4294967295 });
    });

    it('lists trials by number whatever the order of their beginning', () => {
      for (const number of [10, 2, 0]) storage.begin(makeSpec(number, { assignment: null }));
      expect(storage.trials().map((trial) => trial.number)).to.deep.equal([0, 2, 10]);
      expect(storage.trials()[0].assignment).to.equal(null);
    });

    it('begins a trial twice without harm, but not with another spec', () => {
      storage.begin(makeSpec(0));
      storage.finish(0, { state: 'complete', value: 0.25 });
      storage.begin(makeSpec(0, { params: { nested: { list: [1, null, 'ü', true] }, depth: 0 } }));
      expect(storage.trials()[0]).to.deep.include({ state: 'complete', value: 0.25, info: {}, error: null });
      expect(() => storage.begin(makeSpec(0, { seed: 1 }))).to.throw('storage.begin: trial 0 has begun otherwise.');
      expect(() => storage.begin(makeSpec(0, { params: {} }))).to.throw('begun otherwise');
    });

    it('refuses parts and ends of trials that have not begun, and a second end', () => {
      const part = { trial: 3, part: 0, value: 1, seconds: 1 };
      expect(() => storage.recordPart(part)).to.throw('storage.recordPart: the trial must have begun, got 3.');
      expect(() => storage.finish(3, { state: 'complete', value: 1 })).to.throw(
        'storage.finish: the trial must have begun',
      );
      storage.begin(makeSpec(3));
      storage.finish(3, { state: 'complete', value: 1 });
      const again = (): void => storage.finish(3, { state: 'complete', value: 2 });
      expect(again).to.throw('storage.finish: trial 3 must be running, got "complete".');
      expect(storage.trials()[0].value).to.equal(1);
    });

    it('leaves out what a reader of parts does not want', () => {
      storage.begin(makeSpec(0));
      const info = { report: { curve: [{ step: 1 }], 'best step': 4 }, list: [1] };
      storage.recordPart({ trial: 0, part: 0, value: 1, seconds: 1, info });
      storage.recordPart({ trial: 0, part: 1, value: 1, seconds: 1, info: { report: null } });
      storage.recordPart({ trial: 0, part: 2, value: 1, seconds: 1 });
      const brief = [{ report: { 'best step': 4 }, list: [1] }, { report: null }, {}];
      for (const trial of [undefined, 0]) {
        const parts = storage.parts(trial, { without: 'report.curve' });
        expect(parts.map((part) => part.info)).to.deep.equal(brief);
        expect(parts.map(({ part, value }) => [part, value])).to.deep.equal([[0, 1], [1, 1], [2, 1]]); // prettier-ignore
      }
      expect(storage.parts(0)[0].info, 'kept all the same').to.deep.equal(info);
    });

    it('keeps parts with their blobs, and replaces both together', () => {
      storage.begin(makeSpec(0));
      storage.begin(makeSpec(1));
      const info = { steps: 7 };
      storage.recordPart({ trial: 1, part: 0, value: null, seconds: 0, error: 'no' }, { oof: Uint8Array.of(9) });
      storage.recordPart({ trial: 0, part: 1, value: -2.5, seconds: 0.125, info }, { oof: Uint8Array.of(1, 2, 3) });
      storage.recordPart(
        { trial: 0, part: 0, value: 1, seconds: 1 },
        { oof: Uint8Array.of(5), model: Uint8Array.of(6) },
      );
      expect(storage.parts(0)).to.deep.equal([
        { trial: 0, part: 0, value: 1, seconds: 1, info: {}, error: null, finishedAt: 1004 },
        { trial: 0, part: 1, value: -2.5, seconds: 0.125, info, error: null, finishedAt: 1003 },
      ]);
      expect(storage.parts().map(({ trial, part }) => [trial, part])).to.deep.equal([[0, 0], [0, 1], [1, 0]]); // prettier-ignore
      expect(storage.parts(1)[0]).to.deep.include({ value: null, error: 'no' });
      expect(storage.blob(0, 1, 'oof')).to.deep.equal(Uint8Array.of(1, 2, 3));
      expect(storage.blob(0, 0, 'model')).to.deep.equal(Uint8Array.of(6));
      storage.recordPart({ trial: 0, part: 0, value: 2, seconds: 2 }, { oof: Uint8Array.of(7, 8) });
      expect(storage.parts(0)[0].value).to.equal(2);
      expect(storage.blob(0, 0, 'oof')).to.deep.equal(Uint8Array.of(7, 8));
      expect(storage.blob(0, 0, 'model')).to.equal(undefined);
    });

    it('keeps bytes exactly: none, part of a buffer, shared memory, ten million', () => {
      const large = new Uint8Array(10_000_000).map((_byte, i) => i * 7);
      const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(4);
      const bytes = { none: new Uint8Array(0), part: large.subarray(5, 9), shared, large };
      storage.begin(makeSpec(0));
      storage.recordPart({ trial: 0, part: 0, value: 0, seconds: 0 }, bytes);
      for (const [name, expected] of Object.entries(bytes)) {
        const kept = storage.blob(0, 0, name);
        expect(kept).to.be.instanceOf(Uint8Array);
        expect(Buffer.compare(kept as Uint8Array, expected), name).to.equal(0);
        expect(kept?.byteOffset, `${name} can be viewed as floats`).to.equal(0);
      }
    });

    it('drops the blobs named, or all, of one trial only', () => {
      for (const trial of [1, 11]) {
        storage.begin(makeSpec(trial));
        for (const part of [0, 1]) {
          const blobs = { oof: Uint8Array.of(1), model: Uint8Array.of(2) };
          storage.recordPart({ trial, part, value: 0, seconds: 0 }, blobs);
        }
      }
      const kept = (trial: number): string[] =>
        [0, 1].flatMap((part) => ['oof', 'model'].filter((name) => storage.blob(trial, part, name)));
      storage.dropBlobs(1, ['model', 'unknown']);
      expect(kept(1)).to.deep.equal(['oof', 'oof']);
      storage.dropBlobs(1);
      storage.dropBlobs(99);
      expect(kept(1)).to.deep.equal([]);
      expect(kept(11)).to.deep.equal(['oof', 'model', 'oof', 'model']);
      expect(storage.parts(1)).to.have.length(2);
    });

    it('keeps artefacts of the study by name', () => {
      storage.putBlob('report', Uint8Array.of(1));
      storage.putBlob('report', Uint8Array.of(2, 3));
      expect(storage.getBlob('report')).to.deep.equal(Uint8Array.of(2, 3));
    });

    it('keeps an artefact together with settings, or neither', () => {
      storage.putBlob('report', Uint8Array.of(1), { of: 'a', note: null });
      expect([storage.get('of'), storage.get('note')]).to.deep.equal(['a', null]);
      const lost = { of: 'b', note: NaN };
      expect(() => storage.putBlob('report', Uint8Array.of(2), lost)).to.throw('storage.putBlob');
      expect([storage.get('of'), storage.getBlob('report')]).to.deep.equal(['a', Uint8Array.of(1)]);
    });

    it('numbers events and gives those after an id, as many as asked for', () => {
      const ids = ['a', 'b', 'c', 'd'].map((type) => storage.appendEvent({ type }));
      expect(ids).to.deep.equal([1, 2, 3, 4]);
      expect(storage.events(2)).to.deep.equal([
        { id: 3, at: 1002, event: { type: 'c' } },
        { id: 4, at: 1003, event: { type: 'd' } },
      ]);
      expect(storage.events(1, 2).map(({ id }) => id)).to.deep.equal([2, 3]);
      expect(storage.events(4)).to.deep.equal([]);
      expect(storage.lastEventId()).to.equal(4);
    });

    it('shares nothing with its callers', () => {
      const bytes = Uint8Array.of(1);
      const value = { list: [1] };
      storage.putBlob('b', bytes);
      storage.set('v', value);
      storage.begin(makeSpec(0));
      storage.recordPart({ trial: 0, part: 0, value: 0, seconds: 0 }, { b: bytes });
      bytes[0] = 9;
      value.list.push(2);
      (storage.getBlob('b') as Uint8Array)[0] = 8;
      (storage.get('v') as { list: number[] }).list.push(3);
      expect(storage.getBlob('b')).to.deep.equal(Uint8Array.of(1));
      expect(storage.get('v')).to.deep.equal({ list: [1] });
      expect(storage.blob(0, 0, 'b')).to.deep.equal(Uint8Array.of(1));
      (storage.trials()[0].params as { depth: number }).depth = 99;
      expect(storage.trials()[0].params.depth).to.equal(0);
    });

    it('closes twice without harm and refuses everything afterwards', () => {
      storage.close();
      storage.close();
      expect(() => storage.trials()).to.throw('storage: the storage must be open.');
      expect(() => storage.set('a', 1)).to.throw('must be open');
      expect(() => storage.recordPart({ trial: 0, part: 0, value: 0, seconds: 0 })).to.throw('must be open');
    });
  });
}
