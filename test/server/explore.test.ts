import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { expect } from 'chai';

import { Handlers } from '../../src/server/handlers.js';
import type { Reply } from '../../src/server/http.js';
import { TryHandlers } from '../../src/server/try.js';
import { FakeStudies } from '../support/fake-studies.js';
import { HOSTILE, makeEvents, makeStudy } from '../support/studies.js';

const HEADERS = { 'content-type': 'multipart/form-data; boundary=xyzzy' };

describe('the pages behind a study', () => {
  let folder = '';
  let studies: FakeStudies;
  let handlers: Handlers;
  let tryHandlers: TryHandlers;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-reports-'));
    studies = new FakeStudies()
      .add('done', makeStudy())
      .add('hostile', makeStudy({ hostile: true, task: 'binary' }))
      .add('busy', makeStudy({ status: 'running', trials: 4 }))
      .add('cut', makeStudy({ status: 'interrupted' }));
    handlers = new Handlers({ studies, reportsFolder: folder, maxUploadBytes: 2 ** 20, patienceMs: 30 });
    tryHandlers = new TryHandlers({ handlers, studies, maxUploadBytes: 2 ** 20 });
  });

  afterEach(() => {
    expect(studies.openReaders, 'every reader is closed').to.equal(0);
    rmSync(folder, { recursive: true, force: true });
  });

  async function reply(
    work: Promise<Reply>,
  ): Promise<{ readonly status: number; readonly text: string; readonly headers: Reply['headers'] }> {
    const { status, body, headers } = await work.catch((error: unknown) => handlers.error(error));
    return { status, headers, text: typeof body === 'string' ? body : '' };
  }

  it('are there for the search and for the data', async () => {
    expect((await reply(handlers.part('done', 'search'))).text)
      .to.contain('All trials')
      .and.to.contain('What the workers did');
    expect((await reply(handlers.part('done', 'data'))).text)
      .to.contain('Explains of the target')
      .and.to.contain('Leak?');
    for (const part of ['search', 'data'] as const)
      expect((await reply(handlers.part('none', part))).status).to.equal(404);
  });

  it('arrange the leaderboard as the address says, without a script', async () => {
    const order = async (query: Record<string, string>): Promise<string[]> => {
      const { text } = await reply(handlers.study('done', query));
      return [...text.matchAll(/<tr(?: class="best")? data-family="(\w+)"/g)].map(([, family]) => family);
    };
    const all = await order({});
    expect(await order({ family: 'mlp' })).to.deep.equal(all.filter((family) => family === 'mlp'));
    expect(await order({ sort: 'score', order: 'descending' })).not.to.deep.equal(all);
  });

  it('show a model with its explanation, or say that it is being computed and ask again', async () => {
    expect((await reply(handlers.model('done', 'lrnn-2'))).text)
      .to.contain('Inside the LRNN')
      .and.to.contain('Worst rows');
    studies.explanations = 'late';
    const late = await reply(handlers.model('done', 'mlp-4'));
    expect(late.text).to.contain('data-again').and.not.to.contain('Worst rows');
    studies.explanations = 'there';
    expect((await reply(handlers.model('done', 'mlp-4'))).text, 'nothing half was kept').to.contain('Worst rows');
    studies.explanations = 'failing';
    const failing = await reply(handlers.model('done', 'xgboost-3'));
    expect([failing.status, failing.text.includes('data-again')]).to.deep.equal([200, false]);
  });

  it('go on with an interrupted search, and with nothing that runs', async () => {
    studies.onStart = ({ options }) => options.onEvent?.(makeEvents(makeStudy())[1]);
    expect((await reply(handlers.study('cut'))).text).to.contain('action="/studies/cut/resume"');
    const { status, headers } = await reply(handlers.resume('cut'));
    expect([status, headers.location]).to.deep.equal([303, '/studies/cut']);
    expect(studies.runs[0].options).to.include({ resume: true, out: 'reports/cut' });
    expect((await reply(handlers.resume('done'))).text).to.contain('one at a time');
    expect((await reply(handlers.resume('none'))).status).to.equal(404);
    await handlers.runs.close();
  });

  it('send the report as a file, once there is a model', async () => {
    const { text, headers } = await reply(handlers.report('done'));
    expect(text).to.contain('report of done');
    expect(headers['content-disposition']).to.equal("attachment; filename*=UTF-8''done-report.html");
    studies.add('houses:price', makeStudy({ status: 'complete' }));
    const ofTarget = await reply(handlers.report('houses:price'));
    expect(ofTarget.headers['content-disposition']).to.equal("attachment; filename*=UTF-8''houses-price-report.html");
    const young = makeStudy({ status: 'running', trials: 1 });
    studies.add('young', { ...young, summary: { ...young.summary, leaderboard: [] } });
    expect((await reply(handlers.report('young'))).status).to.equal(409);
  });

  describe('asking a model', () => {
    it('fills a typical row, predicts it and says what each column adds', async () => {
      const { status, text } = await reply(tryHandlers.form('done', 'lrnn-2'));
      expect(status).to.equal(200);
      expect(text).to.contain('Price: 12,346').and.to.contain('+494').and.to.contain('From 11,111');
      expect(text).to.match(/<label for="f0">Mileage<\/label>/);
    });

    it('keeps what was typed, and says in a sentence what cannot be', async () => {
      const answered = await reply(tryHandlers.answer('hostile', 'lrnn-2', { f0: HOSTILE, f3: 'Saab' }));
      expect(answered.text).to.contain('value="&lt;img src=x').and.not.to.contain('<img src=x');
      expect(answered.text).to.match(/<option value="Saab" selected>/);
      const refused = await reply(tryHandlers.answer('done', 'lrnn-2', { f0: 'refuse me' }));
      expect([refused.status, refused.text.includes('role="alert"')]).to.deep.equal([422, true]);
    });

    it('predicts a file and keeps neither it nor the answer', async () => {
      const before = readdirSync(tmpdir()).filter((name) => name.startsWith('lrnn-predict-')).length;
      const part =
        '--xyzzy\r\nContent-Disposition: form-data; name="file"; filename="rows.csv"\r\n\r\na\n1\n\r\n--xyzzy--\r\n';
      const { status, text, headers } = await reply(
        tryHandlers.file('done', 'lrnn-2', Readable.from([Buffer.from(part)]), HEADERS),
      );
      expect([status, text]).to.deep.equal([200, 'prediction\n7\n']);
      expect(headers['content-disposition']).to.equal("attachment; filename*=UTF-8''done-lrnn-2.predictions.csv");
      expect(readdirSync(tmpdir()).filter((name) => name.startsWith('lrnn-predict-')).length).to.equal(before);
    });

    it('knows finished models only', async () => {
      for (const model of ['lrnn-99', 'xgboost-10', '../x']) {
        expect((await reply(tryHandlers.form('done', model))).status, model).to.equal(404);
      }
    });
  });
});
