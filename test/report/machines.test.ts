import { expect } from 'chai';

import type { MachineView } from '../../src/automl/index.js';
import { machinesWords, sharesTable } from '../../src/report/index.js';

const machine = (given: Partial<MachineView> = {}): MachineView => ({
  name: 'node-1:7',
  slots: 4,
  done: 12,
  fits: [],
  elsewhere: 0,
  goneAt: null,
  ...given,
});
const fit = { model: 'gbdt-7', family: 'gbdt' as const, fold: 2, startedAt: 8000 };
const words = (list: MachineView[], workers = list.length) =>
  machinesWords({ at: 10_000, workers, slots: 4 * workers, list }, 20_000);

describe('machinesWords', () => {
  it('says of each machine what it is at, and for how long', () => {
    const { summary, rows, more } = words([machine({ fits: [fit] }), machine({ elsewhere: 2 }), machine()]);
    expect(summary).to.equal('3 workers, 12 folds at once');
    expect(more).to.equal(null);
    expect(rows[0]).to.deep.equal({
      name: 'node-1:7',
      about: '4 at once, 12 folds done',
      isGone: false,
      state: null,
      fits: [{ chip: { family: 'gbdt', label: rows[0].fits[0].chip.label }, text: 'gbdt-7, fold 3, for 12 s' }],
    });
    expect(rows.slice(1).map(({ state }) => state)).to.deep.equal(['2 folds of other studies', 'waiting for work']);
  });

  it('says who is gone, since when, and how many are not shown', () => {
    const { rows, more } = words([machine(), machine({ goneAt: 5000 })], 41);
    expect(rows[1]).to.deep.include({ isGone: true });
    expect(rows[1].state).to.equal('gone for 15 s; others take over what it had begun');
    expect(more).to.equal('and 40 more');
  });

  it('shows the first of very many fits', () => {
    const [row] = words([machine({ fits: Array.from({ length: 64 }, () => fit) })]).rows;
    expect(row.fits).to.have.length(12);
    expect(row.state).to.equal('and 52 folds more');
  });
});

describe('sharesTable', () => {
  const share = { name: 'node-1', cores: 8, folds: 1200, seconds: 61 };

  it('says what each machine has fitted; of studies that know of none, nothing', () => {
    expect(sharesTable()).to.equal(null);
    expect(sharesTable([])).to.equal(null);
    expect(sharesTable([share, { ...share, name: 'node-2', cores: 1 }])).to.deep.equal({
      summary: '2 machines, 9 cores',
      columns: ['machine', 'cores', 'folds', 'fit time'],
      rows: [
        { name: 'node-1', cells: ['8', '1,200', '1 min 1 s'] },
        { name: 'node-2', cells: ['1', '1,200', '1 min 1 s'] },
      ],
      more: null,
    });
  });

  it('counts those of very many machines that it does not show', () => {
    const { rows, more } = sharesTable(Array.from({ length: 103 }, () => share))!;
    expect(rows).to.have.length(100);
    expect(more).to.equal('and 3 more with 3,600 folds');
  });
});
