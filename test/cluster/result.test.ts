import { expect } from 'chai';
import fc from 'fast-check';

import type { FoldJob, FoldResult, StudyData } from '../../src/automl/index.js';
import { encodeState, stepsFromBytes, stepsToBytes } from '../../src/automl/index.js';
import { checkFits, decodeResult, encodeResult } from '../../src/cluster/result.js';
import { ToolkitError } from '../../src/core/index.js';
import { seeded } from '../support/seed.js';
import { job, resultOf, TINY } from './tables.js';

/** What a study keeps of a result, as bytes. */
function kept(result: FoldResult): unknown {
  if (!result.ok) return { ...result };
  const { score, predictions, model, steps, seconds, prepared } = result;
  const bytes = (values: Float32Array | Float64Array): number[] => [...new Uint8Array(values.slice().buffer)];
  return {
    score: bytes(Float64Array.of(score)),
    predictions: bytes(predictions),
    model: [...encodeState(model)],
    steps: steps ? [...stepsToBytes(steps)] : null,
    seconds,
    key: prepared.key,
    recipe: prepared.recipe,
  };
}

const floats = fc.float32Array({ maxLength: 20 });

describe('a result on its way back', () => {
  it('says which machine made it where that is known, and is refused where it says so otherwise', () => {
    const made = resultOf(job(1));
    expect(decodeResult(encodeResult(made))).not.to.have.property('machine');
    const machine = { name: 'node-7', cores: 8 };
    expect(decodeResult(encodeResult({ ...made, machine }))).to.have.deep.property('machine', machine);
    const wrong = [
      { name: 'x'.repeat(301), cores: 1 },
      { name: 7, cores: 1 },
      { name: 'a', cores: 0 },
    ];
    for (const one of [...wrong, { ...machine, more: 1 }]) {
      const bytes = encodeResult({ ...made, machine: one } as FoldResult);
      expect(() => decodeResult(bytes), JSON.stringify(one)).to.throw(ToolkitError, 'result.machine');
    }
  });

  it('is the same for the study, to the bit', () => {
    const result = fc.record({
      ok: fc.constant(true as const),
      score: fc.double({ noNaN: true, noDefaultInfinity: true }),
      predictions: floats,
      seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
      model: fc.record({
        kind: fc.constant('made-up'),
        version: fc.nat(),
        json: fc.record({ text: fc.string({ unit: 'binary' }), number: fc.double({ noNaN: true }) }),
        tensors: fc.record({ w: floats, v: fc.float64Array({ maxLength: 5 }), i: fc.int32Array({ maxLength: 5 }) }),
      }),
      prepared: fc.record({ key: fc.constant('plain/1'), recipe: fc.record({ a: fc.string() }) }),
      steps: fc.option(
        fc.record({
          steps: fc.constant([1, 4]),
          losses: fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })),
          predictions: fc.tuple(floats, floats).map(([a]) => [
            { rows: 1, cols: 1 + a.length, data: Float32Array.of(0, ...a) },
            { rows: 1, cols: 1 + a.length, data: Float32Array.of(1, ...a) },
          ]),
        }),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(result, (made) => {
        expect(kept(decodeResult(encodeResult(made)))).to.deep.equal(kept(made));
      }),
      seeded(),
    );
  });

  it('is the same where the fit failed', () => {
    const failed: FoldResult = { ok: false, error: 'no luck: \ud83c "', seconds: 2 };
    expect(decodeResult(encodeResult(failed))).to.deep.equal(failed);
    const named = { ...failed, machine: { name: 'node-7', cores: 8 } };
    expect(decodeResult(encodeResult(named))).to.deep.equal(named);
  });

  it('is refused when it is none', () => {
    const bytes = encodeResult(resultOf(job(1)));
    for (const wrong of [new Uint8Array(0), bytes.subarray(0, 40), bytes.subarray(0, bytes.length - 8)]) {
      expect(() => decodeResult(wrong)).to.throw(ToolkitError);
    }
    const { prepared, ...good } = resultOf(job(1)) as FoldResult & { ok: true };
    const noModel = { ...good, prepared, model: { tensors: {} } } as unknown as FoldResult;
    expect(() => decodeResult(encodeResult(noModel))).to.throw(ToolkitError, 'must hold a model');
    expect(() => stepsFromBytes(new Uint8Array(Float32Array.of(2e6, 1).buffer))).to.throw(ToolkitError, 'steps');
  });

  it('is held against its job and the rows of the table', () => {
    const data: StudyData = {
      ...TINY,
      task: 'multiclass',
      k: 3,
      classes: ['a', 'b', 'c'],
      metric: 'logloss',
      folds: [
        { train: Uint32Array.of(0), validation: Uint32Array.of(1) },
        { train: Uint32Array.of(1), validation: Uint32Array.of(0, 1) },
      ],
    };
    const predicted = (one: FoldJob, numbers: number): FoldResult => {
      return { ...resultOf(one), predictions: new Float32Array(numbers) } as FoldResult;
    };
    const jobs: readonly (readonly [FoldJob, number])[] = [
      [job(1, 0), 3],
      [job(1, 1), 6],
      [{ ...job(1, 0), refit: 'returned' }, 3],
      [{ ...job(1, 2), refit: 'all' }, 6],
      [{ ...job(1, 0), rows: 1 }, 3],
    ];
    for (const [own, numbers] of jobs) {
      checkFits(predicted(own, numbers), own, data);
      for (const wrong of [0, numbers - 1, numbers + 1, 2 * numbers]) {
        expect(() => checkFits(predicted(own, wrong), own, data)).to.throw(ToolkitError, /must predict \d rows of 3/);
      }
      for (const [other, count] of jobs) {
        if (other === own) continue;
        expect(() => checkFits(predicted(other, count), own, data)).to.throw(ToolkitError, 'as its job asks');
      }
      const step = { rows: 7, cols: 3, data: new Float32Array(21) };
      const steps = { steps: [1], losses: [1], predictions: [step] };
      const withSteps = { ...predicted(own, numbers), steps } as FoldResult;
      expect(() => checkFits(withSteps, own, data)).to.throw(ToolkitError, 'on the way');
    }
    checkFits({ ok: false, error: 'no luck', seconds: 1 }, job(1), data);
  });
});
