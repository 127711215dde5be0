/** @file The OpenAPI document of a served model, made from its schema. */

import type { ColumnSchema, Schema, TargetSchema } from '../data/index.js';
import { readColumns } from '../data/index.js';
import { LEVELS } from '../evaluate/index.js';
import type { ModelDescription } from '../run/index.js';
import type { ServedModel } from './model-store.js';
import { FILE_TYPES } from './negotiate.js';

/**
 * The document of all models; each has components of its own, for their columns differ.
 *
 * Source  https://spec.openapis.org/oas/v3.1.0
 */
export function openApiOf(models: readonly ServedModel[], main: string | null, version: string): object {
  const paths = models.flatMap((model) => {
    const { name } = model.identity;
    const own = pathsOf(model, `/v1/models/${name}`);
    return name === main ? [...pathsOf(model, '/v1'), ...own] : own;
  });
  const targets = models.flatMap(({ description }) => targetsOf(description).map(({ name }) => name));
  return {
    openapi: '3.1.0',
    info: { title: `lrnn-automl: ${[...new Set(targets)].join(', ')}`, version },
    paths: {
      ...Object.fromEntries(paths),
      ...BATCH_PATHS,
      '/v1/models': get('models', 'The models and which files they were read from', 'application/json'),
      '/livez': get('livez', 'Whether the server lives', 'text/plain'),
      '/readyz': get('readyz', 'Whether requests are wanted', 'text/plain', CLOSING),
      '/healthz': get('healthz', 'The same as /readyz', 'text/plain', CLOSING),
      '/metrics': get('metrics', 'Counters as Prometheus text', 'text/plain'),
    },
    components: {
      schemas: {
        ...Object.fromEntries(models.flatMap((model) => schemasOf(model))),
        Summary: SUMMARY,
        Model: MODEL,
        Batch: BATCH,
        Error: ERROR,
      },
    },
  };
}

const CLOSING = { 503: { description: 'The server is about to end' } };

function get(operationId: string, summary: string, type: string, more: object = {}): object {
  return { get: { operationId, summary, responses: { 200: { description: 'OK', content: { [type]: {} } }, ...more } } };
}

const json = (of: object): object => ({ 'application/json': { schema: of } });
const refTo = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const CSV = { 'text/csv': { schema: { type: 'string' } } };
const STATUSES = ['400', '401', '403', '405', '406', '408', '413', '415', '422', '429', '500', '503'];

const failuresOf = (statuses: readonly string[]): object =>
  Object.fromEntries(statuses.map((status) => [status, { description: 'An error', content: json(refTo('Error')) }]));

function pathsOf({ identity, description }: ServedModel, below: string): [string, object][] {
  const { name } = identity;
  const targets = description.targets.map(({ schema, task }) => `${schema.target.name} (${task})`).join(', ');
  const what = targetsOf(description).map((target) => target.name);
  const of = below === '/v1' ? '' : `-${name}`;
  const rows = { type: 'array', items: refTo(`Row-${name}`), minItems: 1 };
  const body = json({ oneOf: [rows, { type: 'object', required: ['rows'], properties: { rows } }] });
  const answer = {
    description: 'One prediction per row, in order',
    headers: HEADERS,
    content: { ...json(refTo(`Answer-${name}`)), ...CSV },
  };
  const predict = {
    operationId: `predict${of}`,
    summary: `Predicts ${targets}`,
    parameters: [INTERVAL],
    requestBody: { required: true, content: { ...body, ...CSV } },
    responses: { 200: answer, ...failuresOf(STATUSES) },
  };
  const take = {
    operationId: `batch${of}`,
    summary: `Takes a file whose ${what.join(', ')} is predicted later`,
    parameters: [INTERVAL],
    requestBody: { required: true, content: FILES },
    responses: {
      202: { description: 'The batch', headers: LOCATION, content: json(refTo('Batch')) },
      ...failuresOf(['400', '401', '403', '405', '408', '413', '415', '429', '500', '503']),
    },
  };
  const about =
    below === '/v1' ? [] : [[below, get(`model${of}`, 'Which file the model was read from', 'application/json')]];
  return [
    [`${below}/predict`, { post: predict }],
    [`${below}/batches`, { post: take }],
    [`${below}/schema`, get(`schema${of}`, 'The columns and the target of the model', 'application/json')],
    ...(about as [string, object][]),
  ];
}

function schemasOf({ identity: { name }, description }: ServedModel): [string, object][] {
  return [
    [`Row-${name}`, rowSchema(description.targets.map(({ schema }) => schema))],
    [`Answer-${name}`, answerSchema(targetsOf(description))],
  ];
}

function targetsOf({ targets }: ModelDescription): TargetSchema[] {
  return targets.map(({ schema }) => schema.target);
}

/** Columns that some model reads, each as the first of them understood it. */
export function columnsOfAll(schemas: readonly Schema[]): ColumnSchema[] {
  const byName = new Map<string, ColumnSchema>();
  for (const column of schemas.flatMap(readColumns)) if (!byName.has(column.name)) byName.set(column.name, column);
  return [...byName.values()];
}

/** How sure the predictions are is said where it is asked for. */
const INTERVAL = {
  name: 'interval',
  in: 'query',
  required: false,
  description:
    'Probability with which lower and upper, or the set of classes, hold the truth; at most maxInterval of the schema',
  schema: { type: 'number', minimum: LEVELS.least, maximum: LEVELS.most },
};

/** Which model answered. */
const MODEL = {
  type: 'object',
  required: ['name', 'version', 'sha256'],
  properties: {
    name: { type: 'string' },
    version: { type: 'integer', minimum: 1, description: 'Readings of the file since the server began' },
    sha256: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the model file' },
  },
};

const whole = (description: string): object => ({ description, schema: { type: 'integer', minimum: 0 } });

/** Bytes of any file that is read. */
const FILES = Object.fromEntries(FILE_TYPES.map((type) => [type, {}]));
const LOCATION = { location: { description: 'Where the batch is asked for', schema: { type: 'string' } } };

/** A prediction of a whole file that was asked for. */
const BATCH = {
  type: 'object',
  required: ['id', 'status', 'rows', 'model', 'created'],
  properties: {
    id: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    status: { enum: ['queued', 'running', 'done', 'failed'] },
    rows: { type: 'integer', minimum: 0, description: 'Rows predicted so far' },
    model: refTo('Model'),
    created: { type: 'string', format: 'date-time' },
    expires: { type: 'string', format: 'date-time', description: 'Ended batches: when nothing is left of it' },
    predictions: { type: 'string', description: 'Done: where the predictions are' },
    summary: refTo('Summary'),
    error: { type: 'object', description: 'Failed: why, as in Error' },
  },
};

const BATCH_ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

const BATCH_PATHS = {
  '/v1/batches/{id}': {
    parameters: [BATCH_ID],
    get: {
      operationId: 'batchStatus',
      summary: 'Where a batch stands',
      responses: { 200: { description: 'The batch', content: json(refTo('Batch')) }, ...failuresOf(['401', '404']) },
    },
    delete: {
      operationId: 'deleteBatch',
      summary: 'Ends a batch wherever it stands and removes its files',
      responses: { 204: { description: 'It is gone' }, ...failuresOf(['401', '403', '404']) },
    },
  },
  '/v1/batches/{id}/predictions.csv': {
    parameters: [BATCH_ID],
    get: {
      operationId: 'batchPredictions',
      summary: 'The predictions of a batch, as lrnn predict writes them',
      responses: { 200: { description: 'CSV', content: CSV }, ...failuresOf(['401', '404', '409']) },
    },
  },
};

/** CSV has no place for a summary. */
const HEADERS = {
  'lrnn-model': { description: 'Name of the model', schema: { type: 'string' } },
  'lrnn-model-version': { description: 'As in Model', schema: { type: 'integer', minimum: 1 } },
  'lrnn-model-sha256': { description: 'As in Model', schema: { type: 'string' } },
  'lrnn-coerced': whole('CSV only: columns missing or extra, and cells unseen or not readable'),
  'lrnn-out-of-range': whole('CSV only: numbers outside the range of the training'),
};

const names = (description: string): object => ({ type: 'array', items: { type: 'string' }, description });
const counts = (description: string): object => ({
  type: 'object',
  additionalProperties: { type: 'integer', minimum: 1 },
  description,
});

/** What the rows had that the training had not. */
const SUMMARY = {
  type: 'object',
  required: ['missingColumns', 'extraColumns', 'unseenCategories', 'unparsable', 'outOfRange', 'maybeRenamed'],
  properties: {
    missingColumns: names('Columns of the model that the rows lack: every cell counts as missing'),
    extraColumns: names('Columns that the model does not know: not used. The first hundred'),
    moreExtraColumns: { type: 'integer', minimum: 1, description: 'Extra columns that are not listed' },
    unseenCategories: counts('Cells by column whose category the training does not have'),
    unparsable: counts('Cells by column that cannot be read: they count as missing'),
    outOfRange: counts('Numbers by column outside the range of the training: predicted as they are'),
    maybeRenamed: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Missing columns, and the extra column whose name is so near that it may be the same',
    },
  },
};

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['kind', 'message'],
      properties: {
        kind: { enum: ['usage', 'data', 'state', 'limit', 'http', 'bug'] },
        where: { type: 'string' },
        message: { type: 'string' },
      },
    },
  },
};

function rowSchema(schemas: readonly Schema[]): object {
  const exposure = schemas.find(({ target }) => target.exposure !== undefined)?.target.exposure;
  const properties = columnsOfAll(schemas).map(({ name, kind }) => [name, { type: typesOf(kind) }]);
  const required = exposure === undefined ? {} : { required: [exposure] };
  return { type: 'object', properties: Object.fromEntries(properties) as object, ...required };
}

/** Texts are read as the cells of a CSV are, so that every column takes them. */
function typesOf(kind: ColumnSchema['kind']): string[] {
  if (kind === 'numeric' || kind === 'date') return ['number', 'string', 'null'];
  return ['string', 'number', 'boolean', 'null'];
}

function answerSchema(targets: readonly TargetSchema[]): object {
  const byTarget = Object.fromEntries(targets.map((target) => [target.name, predictionSchema(target)]));
  const required = targets.map(({ name }) => name);
  const one = targets.length === 1 ? predictionSchema(targets[0]) : { type: 'object', required, properties: byTarget };
  return {
    type: 'object',
    required: ['predictions', 'summary', 'model'],
    properties: { predictions: { type: 'array', items: one }, summary: refTo('Summary'), model: refTo('Model') },
  };
}

function predictionSchema({ classes, quantiles = [] }: TargetSchema): object {
  const probabilities = { type: 'object', additionalProperties: { type: 'number' } };
  const prediction = classes.length === 0 ? { type: 'number' } : { enum: classes };
  const levels = Object.fromEntries(quantiles.map((level) => [String(level), { type: 'number' }]));
  const sure =
    quantiles.length > 0
      ? { quantiles: { type: 'object', properties: levels } }
      : classes.length === 0
        ? { lower: { type: 'number' }, upper: { type: 'number' } }
        : { set: { type: 'array', items: { enum: classes }, minItems: 1 } };
  const properties = { prediction, ...(classes.length > 0 && { probabilities }), ...sure };
  return { type: 'object', required: ['prediction'], properties };
}
