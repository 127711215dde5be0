/** @file The OpenAPI document of a served model, made from its schema. */

import type { ColumnSchema } from '../data/index.js';
import { isFeature } from '../data/index.js';
import type { ServedModel } from '../run/index.js';

/** Source  https://spec.openapis.org/oas/v3.1.0 */
export function openApiOf({ schema, task }: ServedModel, version: string): object {
  const row = { $ref: '#/components/schemas/Row' };
  const rows = { type: 'array', items: row, minItems: 1 };
  const csv = { 'text/csv': { schema: { type: 'string' } } };
  const json = (of: object): object => ({ 'application/json': { schema: of } });
  const failure = { description: 'An error', content: json({ $ref: '#/components/schemas/Error' }) };
  const body = json({ oneOf: [rows, { type: 'object', required: ['rows'], properties: { rows } }] });
  const answers = { $ref: '#/components/schemas/Answer' };
  const statuses = ['400', '403', '406', '413', '415', '422', '500', '503'];
  const predict = {
    summary: `Predicts ${schema.target.name} (${task})`,
    requestBody: { required: true, content: { ...body, ...csv } },
    responses: {
      200: { description: 'One prediction per row, in order', headers: HEADERS, content: { ...json(answers), ...csv } },
      ...Object.fromEntries(statuses.map((status) => [status, failure])),
    },
  };
  const get = (summary: string, type: string): object => ({
    get: { summary, responses: { 200: { description: 'OK', content: { [type]: {} } } } },
  });
  return {
    openapi: '3.1.0',
    info: { title: `lrnn-automl: ${schema.target.name}`, version },
    paths: {
      '/v1/predict': { post: predict },
      '/v1/schema': get('The columns and the target of the model', 'application/json'),
      '/healthz': get('Whether requests are taken', 'text/plain'),
      '/metrics': get('Counters as Prometheus text', 'text/plain'),
    },
    components: {
      schemas: {
        Row: rowSchema(schema.columns),
        Answer: answerSchema(schema.target.classes),
        Summary: SUMMARY,
        Error: ERROR,
      },
    },
  };
}

const whole = (description: string): object => ({ description, schema: { type: 'integer', minimum: 0 } });

/** With CSV, which has no place for a summary. */
const HEADERS = {
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
    extraColumns: names('Columns that the model does not know: not used'),
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

function rowSchema(columns: readonly ColumnSchema[]): object {
  const properties = columns.filter(isFeature).map(({ name, kind }) => [name, { type: typesOf(kind) }]);
  return { type: 'object', properties: Object.fromEntries(properties) as object };
}

/** Texts are read as the cells of a CSV are, so that every column takes them. */
function typesOf(kind: ColumnSchema['kind']): string[] {
  if (kind === 'numeric' || kind === 'date') return ['number', 'string', 'null'];
  return ['string', 'number', 'boolean', 'null'];
}

function answerSchema(classes: readonly string[]): object {
  const probabilities = { type: 'object', additionalProperties: { type: 'number' } };
  const prediction = classes.length === 0 ? { type: 'number' } : { enum: classes };
  const properties = { prediction, ...(classes.length > 0 && { probabilities }) };
  const predictions = { type: 'array', items: { type: 'object', required: ['prediction'], properties } };
  return {
    type: 'object',
    required: ['predictions', 'summary'],
    properties: { predictions, summary: { $ref: '#/components/schemas/Summary' } },
  };
}
