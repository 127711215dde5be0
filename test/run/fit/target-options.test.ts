import { expect } from 'chai';

import { FAMILIES } from '../../../src/core/index.js';
import { readFor } from '../../../src/run/fit/load-data.js';
import { loadTargets } from '../../../src/run/fit/load-targets.js';
import { checkOptions } from '../../../src/run/fit/options.js';
import type { FitTargetsOptions } from '../../../src/run/index.js';
import { inspectNamed, inspectTargets } from '../../../src/run/index.js';

const ROWS = Array.from({ length: 60 }, (_, i) => ({
  size: (i % 7) * 1.5,
  street: ['Elm', 'Oak'][i % 2],
  price: i * 2.5 + (i % 3),
  below: i === 11 ? -1 : i / 4 + 0.5,
  sold: i % 3 === 0 ? 'yes' : 'no',
  moved: i % 4 === 0 ? 'up' : 'down',
  kind: ['small', 'nice', 'large'][(i >> 1) % 3],
}));

describe('an option of one of several targets', () => {
  const inspected = (target: readonly string[], options: Partial<FitTargetsOptions>) =>
    inspectTargets({ data: ROWS, target, ...options });
  const refusal = (target: readonly string[], options: Partial<FitTargetsOptions>): Promise<string> =>
    inspected(target, options).then(
      () => 'nothing was thrown',
      ({ message }: Error) => message,
    );

  it('stops at values that it cannot be said of, and is left out only for a task that has none', async () => {
    expect(await refusal(['price', 'below'], { metric: 'rmsle' })).to.equal(
      'metric of "below": rmsle needs targets of 0 or more, and the smallest is -1.',
    );
    const exposed = ROWS.map((row, i) => ({ ...row, years: i === 3 ? -1 : 1, claims: i % 5 }));
    expect(await refusal(['claims', 'sold'], { data: exposed, exposure: 'years' })).to.match(/^exposure/);
    const [price, sold] = await inspected(['price', 'sold'], { metric: 'rmsle' });
    expect([price.metric, sold.metric]).to.deep.equal(['rmsle', 'auc']);
    expect(sold.warnings).to.include('--metric has no meaning for "sold", which goes without');
  });

  it('is refused in the words of a target that has a use for it', async () => {
    expect(await refusal(['price', 'sold'], { positive: 'yse' })).to.match(
      /^positive: must be a class of "sold", which has "no" and "yes", got "yse"/,
    );
    expect(await refusal(['price', 'kind'], { positive: 'yse' })).to.match(/^positive: needs a target of two classes/);
    expect(await refusal(['price', 'sold'], { costs: [[0, 1, 2]] })).to.match(
      /^costs of "sold": must be 2 rows of 2 numbers/,
    );
    expect(await refusal(['price', 'kind'], { order: ['small', 'nice'] })).to.match(
      /^order: must name every class of "kind"/,
    );
    expect(await refusal(['price', 'below'], { monotone: { siez: 1 } })).to.match(/^monotone: must name columns/);
    const [sold, moved] = await inspected(['sold', 'moved'], { positive: 'down' });
    expect([sold, moved].map(({ schema }) => schema.target.positive?.name)).to.deep.equal(['yes', 'down']);
  });

  it('narrows no families of a target that goes without directions', async () => {
    const familiesOf = async (models?: FitTargetsOptions['models']) => {
      const names = ['price', 'kind'];
      const asked = checkOptions({ data: ROWS, target: 'price', monotone: { size: 1 }, models, out: 'none' });
      const requests = names.map((target) => ({
        options: { ...asked, target, otherTargets: names.filter((name) => name !== target) },
        begun: undefined,
      }));
      return (await loadTargets(requests, await readFor(asked))).map(({ options }) => options.models);
    };
    const [price, kind] = await familiesOf();
    expect(price.length).to.be.below(FAMILIES.length);
    expect(kind).to.deep.equal(FAMILIES);
    expect((await familiesOf(['gbdt', 'dummy']))[1]).to.have.members(['gbdt', 'dummy']);
  });
});

describe('names of targets in one text', () => {
  const refusal = (target: string): Promise<string> =>
    inspectNamed({ data: ROWS, target }).then(
      (all) => all.map((own) => own.target).join(' and '),
      ({ message }: Error) => message,
    );

  it('stand between commas, none left out and every quote closed', async () => {
    expect(await refusal('price, "sold"')).to.equal('price and sold');
    for (const text of ['"price', 'price,"sold', 'pri"ce']) {
      expect(await refusal(text), text).to.match(/^target: must close every double quote, got .* A name with a comma/);
    }
    for (const text of ['price,,sold', ',price', 'price,', 'price,"",sold', ',']) {
      expect(await refusal(text), text).to.match(/^target: must have a name before and after every comma/);
    }
    const odd = ROWS.map(({ price, ...row }) => ({ ...row, '5" pipe,': price }));
    expect((await inspectNamed({ data: odd, target: '5" pipe,' })).map(({ target }) => target)).to.deep.equal([
      '5" pipe,',
    ]);
  });
});
