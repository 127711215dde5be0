/** @file How a model is used from a shell, Node, TypeScript, a browser, Python and over HTTP: programs that work as they stand. */

import type { ColumnSchema, Schema } from '../../../data/index.js';
import { readColumns } from '../../../data/index.js';
import type { ExplainSample } from '../../../explain/index.js';
import type { ArtefactFormat } from '../../words/artefacts.js';
import { ARTEFACT_EXTENSIONS } from '../../words/artefacts.js';
import type { ExampleCell } from './example-row.js';
import { exampleRow } from './example-row.js';

export interface Snippet {
  readonly id: 'cli' | 'node' | 'typescript' | 'browser' | 'python' | 'http';
  readonly title: string;
  /** What must be there first. */
  readonly needs: string;
  readonly code: string;
}

export interface UsageInput {
  readonly schema: Schema;
  readonly sample: ExplainSample | null;
  /** Of the files, without an extension: letters, digits, dots and dashes only. */
  readonly fileName: string;
}

/** Every way that the model can be asked; Python's is left out where the model reads texts, for which a few lines are not enough. */
export function usageSnippets({ schema, sample, fileName }: UsageInput): Snippet[] {
  const row = exampleRow(schema, sample);
  const more = readColumns(schema).length - row.length;
  const rest = more > 0 ? ` Columns that are left out, here ${more}, count as missing.` : '';
  const file = (format: ArtefactFormat): string => `${fileName}${ARTEFACT_EXTENSIONS[format]}`;
  const cells = literal(row, 'cell');
  const readsTexts = schema.columns.some(({ kind }: ColumnSchema) => kind === 'text');
  const all: (Snippet | null)[] = [
    {
      id: 'cli',
      title: 'Command line',
      needs: `${file('safetensors')}, and rows in any format that fit reads.`,
      code: `lrnn predict ${shellWord(file('safetensors'))} rows.csv -o predictions.csv`,
    },
    {
      id: 'node',
      title: 'Node',
      needs: `npm install lrnn-automl, and ${file('safetensors')}.${rest}`,
      code: `import { loadModel } from 'lrnn-automl';\n\nconst model = await loadModel(${quoted(file('safetensors'))});\nconsole.log(await model.predict([${cells}]));\nmodel.dispose();`,
    },
    {
      id: 'typescript',
      title: 'TypeScript',
      needs: `${file('js')} and ${file('types')}, and nothing else.${rest}`,
      code: `import { predict, type Row } from ${quoted(`./${file('js')}`)};\n\nconst rows: Row[] = [${cells}];\nfor (const { prediction } of predict(rows)) console.log(prediction);`,
    },
    {
      id: 'browser',
      title: 'Browser',
      needs: `${file('js')} beside the page on any web server.${rest}`,
      code: `<!doctype html>\n<meta charset="utf-8">\n<output id="answer"></output>\n<script type="module">\n  import { predict } from ${quoted(`./${file('js')}`)};\n  const [answer] = predict([${cells.replaceAll('<', '\\u003c')}]);\n  document.querySelector('#answer').textContent = JSON.stringify(answer);\n</script>`,
    },
    readsTexts ? null : python(file('onnx'), row, rest),
    {
      id: 'http',
      title: 'curl',
      needs: `lrnn serve --model ${shellWord(file('safetensors'))}, in another terminal.${rest}`,
      code: `curl -s http://127.0.0.1:3000/v1/predict -H 'content-type: application/json' -d ${shellWord(`[${cells}]`)}`,
    },
  ];
  return all.filter((snippet) => snippet !== null);
}

function python(file: string, row: readonly ExampleCell[], rest: string): Snippet {
  return {
    id: 'python',
    title: 'Python',
    needs: `pip install onnxruntime numpy, and ${file}. Dates are milliseconds since 1970.${rest}`,
    code: `import json
import numpy as np
import onnxruntime as ort

row = ${literal(row, 'fed')}
session = ort.InferenceSession(${quoted(file)})
feeds = {}
for column in json.loads(session.get_modelmeta().custom_metadata_map["inputs"]):
    cell = row.get(column["column"])
    if column["kind"] == "text":
        feeds[column["name"]] = np.array([["" if cell is None else str(cell)]], dtype=object)
    else:
        feeds[column["name"]] = np.array([[np.nan if cell is None else float(cell)]])
for output, value in zip(session.get_outputs(), session.run(None, feeds)):
    print(output.name, value.tolist())`,
  };
}

/** A literal of JavaScript, JSON and Python alike. */
function literal(row: readonly ExampleCell[], which: 'cell' | 'fed'): string {
  const cells = row.map((own) => `${quoted(own.column)}: ${quoted(own[which])}`);
  return cells.length === 0 ? '{}' : `{ ${cells.join(', ')} }`;
}

/** Marks of lines end a string in old parsers, and signs without width hide what is run. */
function quoted(value: string | number): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A word as a POSIX shell wants it. */
export function shellWord(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
