import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { COMMANDS } from '../../src/cli/options.js';
import { readForm } from '../../src/server/form.js';

const VIEW = readFileSync(join(import.meta.dirname, '../../views/partials/search-form.ejs'), 'utf8');
const REDIS = { redis: 'redis://here:6379', shared: '/shared' };

/** What the form says for each option: names of fields with a value that changes what is searched. */
const IN_FORM: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '--target': { target: 'other' },
  '--task': { task: 'binary' },
  '--order': { levels: 'low, high' },
  '--positive': { positive: 'yes' },
  '--costs': { costs: '[[0,5],[1,0]]' },
  '--metric': { metric: 'mae' },
  '--quantiles': { quantiles: '0.1, 0.9' },
  '--exposure': { exposure: 'months' },
  '--trials': { trials: '7' },
  '--time-budget': { time: '90s' },
  '--folds': { folds: '3' },
  '--holdout': { holdout: '10 %' },
  '--seed': { seed: '4' },
  '--models': { models: 'linear' },
  '--group': { group: 'owner' },
  '--time': { order: 'day' },
  '--gap': { order: 'day', gap: '3' },
  '--monotone': { rises: 'age', falls: 'price' },
  '--duplicates': { duplicates: 'split' },
  '--weights': { weights: 'w' },
  '--class-weights': { classWeights: 'balanced' },
  '--ignore': { ignore: 'id' },
  '--types': { 'kind:zip': 'categorical' },
  '--missing': { missing: 'unknown, -9' },
  '--redis': { place: 'cluster' },
  '--shared': { place: 'cluster' },
};

/** Why the form does without. */
const NOT_IN_FORM: Readonly<Record<string, string>> = {
  '--no-refit': 'for comparisons of scores; who wants a model wants the refitted one',
  '--delimiter': 'found out, and the look before the start shows whether rightly',
  '--decimal': 'each column shows it, and so does the look',
  '--encoding': 'found out, and so does the look',
  '--comment': 'files of instruments, which come by the command line',
  '--header': 'found out, and so does the look',
  '--sheet': 'the first one; another one is saved as a file of its own',
  '--warm-start': 'names a folder of the server, which visitors need not know',
  '--workers': 'cores of the server, which whoever keeps it decides',
  '--engine': 'hardware of the server, measured by itself',
  '--parallel': 'goes with the number of workers',
  '--deterministic': 'for who compares machines',
  '--out': 'the name of the study says it; the folder is that of the server',
  '--config': 'a file of the folder of a project, of which the server has none',
  '--resume': 'a button of the page of a study',
  '--dry-run': 'the button that looks at the columns first',
  '--json': 'the page of a study has its JSON twin',
  '--quiet': 'prints nothing',
};

describe('the form of a new search', () => {
  it('has every option of the command line, or there is a reason why not', () => {
    const words = COMMANDS.fit.options.map(({ name }) => name);
    expect([...Object.keys(IN_FORM), ...Object.keys(NOT_IN_FORM)].sort()).to.deep.equal([...words].sort());
  });

  for (const [option, fields] of Object.entries(IN_FORM)) {
    it(`changes what is searched by ${Object.keys(fields).join(' and ')}, as ${option} does`, () => {
      for (const name of Object.keys(fields)) {
        const shown = name.startsWith('kind:') ? 'name="<%= row.field %>"' : `name="${name}"`;
        expect(VIEW).to.contain(shown);
        // What was said stays where the form comes back.
        if (!name.startsWith('kind:')) expect(VIEW).to.contain(`it.form.values.${name}`);
      }
      const [plain, changed] = [{}, fields].map((own) => readForm({ target: 'y', ...own }, REDIS));
      expect(changed).not.to.deep.equal(plain);
    });
  }
});
