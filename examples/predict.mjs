/**
 * Predicts in a program of your own, and says what it had to coerce.
 *
 * node predict.mjs reports/cars
 */
import { loadModel, ToolkitError } from 'lrnn-automl/predict';

const [study = 'reports/cars'] = process.argv.slice(2);
const model = await loadModel(study);
try {
  const rows = [{ Mileage: 8221, Cylinder: 'six', Doors: 4, Colour: 'red' }];
  const { predictions, summary } = await model.predictDetailed(rows, { interval: 0.9 });
  const [{ prediction, lower, upper }] = predictions;
  console.log(`${model.target}: ${prediction}, between ${lower} and ${upper} nine times out of ten`);
  console.log(`Not numbers: ${Object.keys(summary.unparsable)}; unknown: ${summary.extraColumns}`);
} catch (error) {
  if (!(error instanceof ToolkitError)) throw error;
  // 'usage', 'data', 'state' or 'limit', and the HTTP status for it.
  console.error(error.kind, error.status, error.message);
} finally {
  model.dispose();
}
