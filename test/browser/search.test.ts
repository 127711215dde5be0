import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import type { RunEvent, StudyView } from '../../src/automl/index.js';
import { ToolkitError } from '../../src/core/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import type { FakeRun } from '../support/fake-studies.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeEvents, makeStudy, trialEvents } from '../support/studies.js';
import type { TestBrowser } from './browser.js';
import { expectAccessible, launchBrowser, openPage } from './browser.js';

const TRIALS = 4;

const WHOLE: StudyView = {
  ...makeStudy({ status: 'running', trials: TRIALS + 1 }),
  budget: { trials: TRIALS, timeBudgetMs: null },
};

/** The study as it is after so many trials. */
function studyAfter(trials: number): StudyView {
  const done = WHOLE.trials.slice(0, trials);
  const known = new Set(done.map(({ model }) => model));
  const leaderboard = WHOLE.summary.leaderboard.filter(({ model }) => known.has(model));
  return {
    ...WHOLE,
    trials: done,
    summary: { ...WHOLE.summary, leaderboard, best: leaderboard[0]?.model ?? null },
  };
}

/** A line to the server that can be cut while something is on it. */
class Line {
  private readonly sockets = new Set<Socket>();
  cuts = 0;

  private constructor(private readonly server: Server) {}

  static async to(port: number): Promise<Line> {
    const server = createServer();
    const line = new Line(server);
    server.on('connection', (socket) => {
      const far = connect(port, '127.0.0.1');
      line.sockets.add(socket);
      socket.pipe(far).pipe(socket);
      for (const end of [socket, far]) end.on('error', () => undefined);
      socket.on('close', () => {
        far.destroy();
        line.sockets.delete(socket);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cut(): void {
    this.cuts += this.sockets.size;
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    this.cut();
  }
}

describe('a search in a browser', () => {
  let folder = '';
  let browser: TestBrowser | undefined;
  let server: RunningServer;
  let studies: FakeStudies;
  let run: FakeRun;
  let page: Page;
  let faults: string[];

  before(async function () {
    browser = await launchBrowser(this);
  });
  after(async () => browser?.close());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-search-'));
    studies = new FakeStudies();
    studies.onStart = (started) => (run = started);
    server = await serve({ reportsFolder: folder, port: 0, studies, pollMs: 20 });
    ({ page, faults } = await openPage(browser!));
    await page.goto(`${server.url}/new`);
  });

  afterEach(async () => {
    await page.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const choose = (text: string | Buffer, name = 'cars.csv'): Promise<void> =>
    page.locator('#file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

  const columns = (): Promise<string[]> => page.locator('select#target option').allTextContents();

  /** Writes what one more trial leaves behind: events first for the bar, then the page has a new row. */
  function finishTrial(number: number): void {
    studies.known.get('cars')!.view = studyAfter(number + 1);
    for (const event of trialEvents(WHOLE, WHOLE.trials[number])) run.emit(event);
  }

  async function start(): Promise<void> {
    await choose('Mileage,Price\n1,2\n');
    await page.locator('#target').selectOption('Price');
    studies.onStart = (started) => {
      run = started;
      run.begin(studyAfter(0));
      for (const event of makeEvents(studyAfter(0)).slice(0, 3)) run.emit(event);
    };
    await page.getByRole('button', { name: 'Start search' }).click();
    await page.waitForURL('**/studies/cars');
  }

  it('offers the columns of the chosen file as targets, and chooses one by itself only where a name says target', async () => {
    await choose('a,label,b\n1,2,3\n');
    await page.locator('select#target').waitFor();
    expect(await columns()).to.deep.equal(['choose …', 'a', 'label', 'b']);
    expect(await page.locator('#target').inputValue()).to.equal('label');
    expect(await page.locator('[data-file-hint]').textContent()).to.equal('3 columns, 16 B');
    await choose('\uFEFF"x;1";"say ""hi""";<b>bold</b>\r\n1;2;3\r\n');
    await page.locator('select#target option', { hasText: '<b>bold</b>' }).waitFor({ state: 'attached' });
    expect(await page.locator('#target').inputValue(), 'nobody has chosen').to.equal('');
    expect(
      await page
        .locator('#target')
        .evaluate((field) => (field as unknown as { checkValidity(): boolean }).checkValidity()),
    ).to.be.false;
    expect(await columns()).to.deep.equal(['choose …', 'x;1', 'say "hi"', '<b>bold</b>']);
    await choose(Buffer.from('gr\u00f6\u00dfe,preis\n1,2\n', 'latin1'));
    await page.locator('select#target option', { hasText: 'preis' }).waitFor({ state: 'attached' });
    expect(await columns()).to.deep.equal(['choose …', 'größe', 'preis']);
    expect(faults).to.deep.equal([]);
  });

  it('keeps the plain field when the file has one column', async () => {
    await choose('only\n1\n');
    await page.getByText('1 column, 7 B').waitFor();
    expect(await page.locator('input#target').count()).to.equal(1);
  });

  it('shows the field of the chosen budget only, by keyboard, too', async () => {
    expect(await page.locator('#trials').isVisible()).to.be.false;
    await page.getByRole('radio', { name: 'Automatic' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#trials').isVisible()).to.be.true;
    await page.keyboard.press('ArrowRight');
    expect([await page.locator('#trials').isVisible(), await page.locator('#time').isVisible()]).to.deep.equal([
      false,
      true,
    ]);
    await page.getByText('More options').click();
    await expectAccessible(page, 'the form with all fields open');
  });

  it('brings the form back with the sentence when the data is bad', async () => {
    studies.onStart = ({ fail }) =>
      fail(new ToolkitError('data', { where: 'csv', rule: 'row 3 must have 2 fields', got: 3 }));
    await choose('a,b\n1,2\n1,2,3\n');
    await page.locator('select#target').selectOption('a');
    await page.getByRole('button', { name: 'Start search' }).click();
    const alert = page.getByRole('alert');
    expect(await alert.textContent()).to.equal('csv: row 3 must have 2 fields, got 3.');
    expect(await page.locator('#target').inputValue()).to.equal('a');
    await expectAccessible(page, 'the form with an error');
  });

  it('moves the bar with every fold, fills the leaderboard and becomes the page of a finished study', async () => {
    await start();
    expect(await page.locator('.empty h2').textContent()).to.equal('The first finished trial opens the leaderboard');
    const bar = page.locator('progress');
    const seen: number[] = [];
    for (let number = 0; number < TRIALS; number++) {
      finishTrial(number);
      await page.getByText(`${number + 1} of ${TRIALS} trials`).waitFor();
      seen.push(Number(await bar.getAttribute('value')));
    }
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).to.equal(TRIALS);
    await page.locator('table.board').waitFor();
    expect(await page.locator('[data-live="best"]').textContent()).to.match(/^RMSE [\d,]+ \(lrnn-\d+\)$/);
    const trial = { trial: 9, model: 'mlp-9', fold: 1, folds: 5 };
    const fit = { model: 'mlp-9', family: 'mlp', fold: 1, startedAt: 0 } as const;
    const last = { finishedTrials: 4, plannedTrials: 9, elapsedSeconds: 9, secondsLeft: 9, best: null };
    run.emit({ type: 'fold-started', ...trial, progress: { ...last, workers: { count: 2, fits: [fit] } } });
    await page.getByText('1 of 2 busy').waitFor();
    expect(await page.locator('[data-live="fits"]').textContent()).to.equal('MLP mlp-9, fold 2');
    await page.getByText('Event log').click();
    await page.getByText('lrnn-2, fold 5 of 5').waitFor();
    const done = makeStudy({ trials: TRIALS + 1 });
    studies.known.get('cars')!.view = done;
    run.emit({ type: 'finished', summary: done.summary });
    run.finish(done.summary);
    await page.locator('.status', { hasText: 'Complete' }).waitFor();
    expect(await page.locator('progress').count()).to.equal(0);
    expect(await page.locator('tr.best a').textContent()).to.equal('ensemble');
    expect(faults).to.deep.equal([]);
  });

  it('keeps what is open and where the keyboard is when the page renews itself', async () => {
    await start();
    finishTrial(0);
    finishTrial(1);
    const linear = page.locator('table.board tbody tr', { hasText: 'linear-1' });
    await linear.waitFor();
    await linear.locator('summary').focus();
    await page.keyboard.press('Enter');
    finishTrial(2);
    await page.locator('table.board tbody tr', { hasText: 'lrnn-2' }).waitFor();
    expect(await linear.locator('details').getAttribute('open')).to.equal('');
    expect(await linear.locator('summary:focus').count()).to.equal(1);
  });

  it('goes on after the connection was lost, without losing or doubling a line', async () => {
    const line = await Line.to(server.port);
    await page.goto(`http://127.0.0.1:${line.port}/new`);
    await start();
    await page.getByText('Event log').click();
    finishTrial(0);
    await page.locator('[data-live="log"] p', { hasText: 'dummy-0 finished' }).waitFor();
    line.cut();
    finishTrial(1);
    finishTrial(2);
    await page.locator('[data-live="log"] p', { hasText: 'lrnn-2 finished' }).waitFor();
    const lines = await page.locator('[data-live="log"] p').allTextContents();
    const finished = lines.filter((text) => text.includes(' finished: '));
    expect(finished.map((text) => text.split(' ')[0])).to.deep.equal(['dummy-0', 'linear-1', 'lrnn-2']);
    expect(line.cuts, 'the stream was open when it was cut').to.be.at.least(1);
    line.close();
  });

  it('stops a search and says how to go on', async () => {
    await start();
    finishTrial(0);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.waitForURL('**/studies/cars');
    expect(run.wasStopped).to.be.true;
    const event: RunEvent = { type: 'interrupted', resume: 'lrnn fit cars.csv --target Price --resume' };
    studies.known.get('cars')!.view = { ...studyAfter(1), status: 'interrupted' };
    run.emit(event);
    await page.locator('.status', { hasText: 'Interrupted' }).waitFor();
    expect(await page.locator('.alert').first().textContent()).to.contain(event.resume);
  });

  it('goes on with a stopped search from its page, and follows it there', async () => {
    studies.add('cars', { ...studyAfter(2), status: 'interrupted' });
    studies.tell('cars', { type: 'interrupted', resume: 'lrnn fit cars.csv --target Price --resume' });
    studies.onStart = (started) => {
      run = started;
      studies.known.get('cars')!.view = studyAfter(2);
      run.emit({ ...(makeEvents(WHOLE)[1] as Extract<RunEvent, { type: 'started' }>), resumed: true });
    };
    await page.goto(`${server.url}/studies/cars`);
    await page.getByRole('button', { name: 'Go on with it' }).press('Enter');
    await page.waitForURL('**/studies/cars');
    expect(run.options).to.include({ resume: true, out: 'reports/cars' });
    await page.locator('.status', { hasText: 'Running' }).waitFor();
    await page.getByText('Event log').click();
    await page.locator('[data-live="log"] p', { hasText: 'Resumed' }).waitFor();
    finishTrial(2);
    await page.locator('table.board tbody tr', { hasText: 'lrnn-2' }).waitFor();
    expect(faults).to.deep.equal([]);
  });
});
