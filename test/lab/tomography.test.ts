import { expect } from 'chai';
import fc from 'fast-check';

import { measurementLoss } from '../../lab/ct.js';
import { meanSquare } from '../../lab/measures.js';
import { filteredBackProjection, measured, phantom, projector } from '../../lab/tomography.js';
import { Rng } from '../../src/core/index.js';
import { assertClose } from '../support/close.js';

function normals(n: number, rng: Rng): Float64Array {
  return Float64Array.from({ length: n }, () => rng.normal());
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
}

describe('tomography', () => {
  it('has a transpose: <A x, s> is <x, A^T s> for any picture and any scan', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 13 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 17 }),
        fc.integer({ min: 0, max: 2 ** 31 }),
        (n, views, bins, seed) => {
          const map = projector(n, { views, bins });
          const rng = new Rng(seed);
          const [x, s] = [normals(n * n, rng), normals(views * bins, rng)];
          const scale = Math.sqrt(dot(x, x) * dot(s, s)) + 1;
          expect(Math.abs(dot(map.forward(x), s) - dot(x, map.adjoint(s)))).to.be.below(1e-9 * scale * n);
        },
      ),
    );
  });

  it('adds up to the same mass in every view, of what is measured and of what is projected', () => {
    const [n, scan] = [64, { views: 12, bins: 96 }];
    const mass = phantom(n).reduce((sum, value) => sum + value, 0) * (2 / n) ** 2;
    const views = (sinogram: ArrayLike<number>): number[] =>
      Array.from({ length: scan.views }, (_, view) => {
        let sum = 0;
        for (let bin = 0; bin < scan.bins; bin++) sum += sinogram[view * scan.bins + bin];
        return (2 * sum) / scan.bins;
      });
    for (const sinogram of [measured(scan), projector(n, scan).forward(phantom(n))]) {
      for (const found of views(sinogram)) expect(found).to.be.closeTo(mass, 0.02 * mass);
    }
  });

  it('projects pixels ever nearer to what is measured, the more of them there are', () => {
    const scan = { views: 10, bins: 32 };
    const truth = measured(scan);
    const [coarse, fine] = [32, 128].map((n) => meanSquare(projector(n, scan).forward(phantom(n)), truth));
    expect(fine).to.be.below(coarse / 4);
    expect(Math.sqrt(fine / meanSquare(truth, new Float32Array(truth.length)))).to.be.below(0.02);
  });

  it('finds the phantom again by filtered back-projection, the better the more views there are', () => {
    const [n, bins] = [48, 72];
    const truth = phantom(n);
    const errors = [6, 25, 180].map((views) =>
      meanSquare(filteredBackProjection(measured({ views, bins }), n, { views, bins }, true), truth),
    );
    expect(errors[0]).to.be.above(errors[1]);
    expect(errors[1]).to.be.above(errors[2]);
    // Without its mean the phantom's own size is 0.07.
    expect(errors[2]).to.be.below(0.006);
  });

  it('compares measurements with the gradient that differences have', () => {
    const [n, scan] = [7, { views: 5, bins: 9 }];
    const rng = new Rng(4);
    const loss = measurementLoss(projector(n, scan), measured(scan));
    const x = normals(n * n, rng);
    const gradient = new Float64Array(n * n);
    loss(x, gradient);
    const differences = x.map((value, i) => {
      const at = (step: number): number => loss(x.with(i, value + step), new Float64Array(n * n));
      return (at(1e-4) - at(-1e-4)) / 2e-4;
    });
    assertClose(gradient, differences, { rtol: 1e-6, atol: 1e-9 });
  });
});
