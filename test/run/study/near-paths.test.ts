import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { unknownModel } from '../../../src/automl/study-view.js';
import { loadModel, openStudy } from '../../../src/run/index.js';
import { modelFile } from '../../../src/run/predict/load-model.js';
import { pathHint, studiesHint } from '../../../src/run/study/near-paths.js';

describe('a model or study that is not there', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-near-'));
    mkdirSync(join(root, 'reports', 'cars'), { recursive: true });
    mkdirSync(join(root, '.hidden'));
    writeFileSync(join(root, 'ensemble.safetensors'), '');
    writeFileSync(join(root, 'table.csv'), '');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('is named with what is called nearly so', () => {
    expect(pathHint(join(root, 'ensembel.safetensors'))).to.equal(
      `Did you mean ${join(root, 'ensemble.safetensors')}?`,
    );
    expect(pathHint(join(root, 'Ensemble'))).to.equal(`Did you mean ${join(root, 'ensemble.safetensors')}?`);
    expect(pathHint(join(root, 'reports', 'csr'))).to.equal(`Did you mean ${join(root, 'reports', 'cars')}?`);
  });

  it('is looked for among the studies where only its name is given', () => {
    expect(pathHint(join(root, 'cars'))).to.equal(`Did you mean ${join(root, 'reports', 'cars')}?`);
  });

  it('is named alone where nothing is near: no hidden folder, no other file', () => {
    for (const name of ['quite-different', 'hidden', 'table.cvs', 'nowhere/at/all'])
      expect(pathHint(join(root, name))).to.equal(undefined);
  });

  it('is refused so by what opens models and studies', async () => {
    const error = await loadModel(join(root, 'cars')).catch((thrown: Error) => thrown);
    expect((error as Error).message).to.equal(
      `model: file or study folder must exist, got "${join(root, 'cars')}". Did you mean ${join(root, 'reports', 'cars')}?`,
    );
    expect(() => openStudy(join(root, 'reports', 'cras'))).to.throw(`Did you mean ${join(root, 'reports', 'cars')}?`);
    expect(() => openStudy(join(root, 'reports', 'cars'))).to.throw('lrnn fit writes one.');
    expect(() => openStudy(resolve(root, 'zzzzzzzz'))).to.throw('lrnn fit writes one.');
  });

  it('is looked for in the folder that was named, where this is one of studies', () => {
    const folder = join(root, 'all');
    const paths = ['a', 'b', 'c', 'd'].map((name) => join(folder, name));
    expect(studiesHint(folder)).to.equal(undefined);
    for (const path of paths) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'study.sqlite'), '');
    }
    mkdirSync(join(folder, 'aa-no-study'));
    expect(() => openStudy(folder)).to.throw(
      `study: folder must hold a study.sqlite, got "${folder}". It holds studies: ${paths.slice(0, 3).join(', ')} and 1 more.`,
    );
    expect(() => modelFile(folder)).to.throw(
      /folder must hold a model\.safetensors.* It holds studies: .* and 1 more\.$/,
    );
    rmSync(paths[3], { recursive: true });
    expect(studiesHint(folder)).to.equal(`It holds studies: ${paths.slice(0, 3).join(', ')}.`);
  });

  it('is named with the nearest of the models of a study', () => {
    const known = ['ensemble', 'lrnn-3', 'xgboost-5'];
    expect(unknownModel('xgbost-5', known).message).to.equal(
      'model: must be a finished model of the study, got "xgbost-5". Did you mean xgboost-5? The study has ensemble, lrnn-3, xgboost-5.',
    );
    expect(unknownModel('best', known).message).not.to.include('Did you mean');
  });
});
