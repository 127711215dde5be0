import { expect } from 'chai';

import { inspect, inspectTargets } from '../../../src/run/index.js';

const ROWS = Array.from({ length: 40 }, (_, i) => ({ a: (i % 30) / 8, b: (i % 30) ** 2, y: i / 4 }));

describe('inspect', () => {
  it('says how many rows are copies of others, as a fit would', async () => {
    const { findings, warnings } = await inspect({ data: ROWS, target: 'y' });
    expect(findings.filter(({ kind }) => kind === 'repeats').map(({ rows }) => rows)).to.deep.equal([10]);
    expect(warnings.join()).to.include('10 of 40 rows have the features of an earlier one');
    for (const apart of [{ duplicates: 'split' }, { time: 'b' }] as const) {
      const found = await inspect({ data: ROWS, target: 'y', ...apart });
      expect(found.findings.filter(({ kind }) => kind === 'repeats')).to.deep.equal([]);
    }
  });

  it('refuses a metric that means nothing for the target, in one sentence', async () => {
    const below = ROWS.map((row) => ({ ...row, y: row.y - 1 }));
    const graded = (grades: readonly string[]) => ROWS.map((row, i) => ({ ...row, y: grades[i % grades.length] }));
    const refusal = async (data: object[], metric: string): Promise<string> =>
      inspect({ data: data as typeof ROWS, target: 'y', metric }).then(
        (found) => found.metric,
        (error: Error) => error.message,
      );
    expect(await refusal(below, 'rmsle')).to.equal('metric: rmsle needs targets of 0 or more, and the smallest is -1.');
    expect(await refusal(ROWS, 'rmsle')).to.equal('rmsle');
    expect(await refusal(ROWS, 'gamma_deviance')).to.match(/needs targets above 0, and the smallest is 0/);
    expect(await refusal(graded(['low', 'middle', 'high']), 'quadratic_kappa')).to.match(/needs classes in an order/);
    expect(await refusal(graded(['0', '1', '2']), 'quadratic_kappa')).to.equal('quadratic_kappa');
    expect(await refusal(graded(['0', '1', '2']), 'top_3_accuracy')).to.match(/more than 3 classes, and there are 3/);
    expect(await refusal(ROWS, 'pinball_0.65')).to.equal('pinball_0.65');
    expect(await refusal(ROWS, 'pinball_2')).to.match(/metric: must be one of rmse/);
  });

  it('says it of each of several targets, and refuses what their fit would', async () => {
    const both = await inspectTargets({ data: ROWS, target: ['y', 'b'], metric: 'mae' });
    expect(both.map(({ target, metric }) => [target, metric])).to.deep.equal([
      ['y', 'mae'],
      ['b', 'mae'],
    ]);
    const kindOf = (at: number, name: string) => both[at].table.find(({ column }) => column === name)!.reason;
    expect([kindOf(0, 'b'), kindOf(1, 'y')]).to.deep.equal(['another target', 'another target']);
    const refused = await inspectTargets({ data: ROWS, target: ['y', 'b'], trials: 1 }).catch(
      ({ message }: Error) => message,
    );
    expect(refused).to.match(/^trials: must be at least one for each of the 2 targets/);
  });

  it('says what a file is that is no CSV', async () => {
    const bytes = (text: string): Buffer => Buffer.from(text);
    const json = await inspect({ data: bytes(JSON.stringify(ROWS)), target: 'y' });
    const csv = await inspect({ data: bytes(['a,y', ...ROWS.map(({ a, y }) => `${a},${y}`)].join('\n')), target: 'y' });
    expect([json.format, csv.format]).to.deep.equal(['JSON', undefined]);
  });
});
