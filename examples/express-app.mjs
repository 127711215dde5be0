/**
 * An application of Express with the pages of all studies below /automl, and what a model predicts below /price.
 *
 * npm install lrnn-automl express, then: node express-app.mjs reports/cars
 */
import express from 'express';
import { predictions, studyPages } from 'lrnn-automl/server';

const [study = 'reports/cars'] = process.argv.slice(2);
const app = express();
const pages = await studyPages('reports');
const price = await predictions(study);
// Whoever may see them is for your own middleware to say, before these two.
app.use('/automl', pages);
app.use('/price', price);
app.use(express.json());
app.get('/', (_request, response) => response.send('<a href="/automl">Leaderboards</a>'));
const server = app.listen(process.env.PORT ?? 8080, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});

process.on('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await Promise.all([pages.close(), price.close()]);
});
