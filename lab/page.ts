/** @file All that a run found, as one page that needs nothing but itself. */

import type { Figure } from '../src/report/index.js';
import { styleSheet } from '../src/report/node.js';
import type { Outcome, Picture, Table } from './experiment.js';
import { pngAddress } from './png.js';

export interface Told {
  readonly question: string;
  readonly outcome: Outcome;
}

/** The page as HTML, in the looks of the reports. */
export function page(title: string, lead: string, parts: readonly Told[]): string {
  const style = styleSheet();
  const body = parts.map(({ question, outcome }) => section(question, outcome)).join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${style}${OWN_STYLE}</style></head>
<body><main class="lab"><h1>${escape(title)}</h1><p>${escape(lead)}</p>
${body}
</main></body></html>
`;
}

const OWN_STYLE = `
.lab { max-width: 1180px; margin: 0 auto; padding: 24px 16px; }
.lab .pictures { display: flex; flex-wrap: wrap; gap: 16px; margin: 16px 0; }
.lab .pictures figure { width: 200px; margin: 0; }
.lab .pictures img { width: 200px; height: 200px; image-rendering: pixelated; }
.lab .scroll { overflow-x: auto; }
.lab td, .lab th { padding: 4px 10px; text-align: right; }
.lab td:first-child, .lab th:first-child { text-align: left; }
`;

function section(question: string, { words, tables, figures, pictures }: Outcome): string {
  return `<section><h2>${escape(question)}</h2>
${words.map((text) => `<p>${escape(text)}</p>`).join('\n')}
${tables.map(tableHtml).join('\n')}
<div class="figures">${figures.map(figureHtml).join('\n')}</div>
<div class="pictures">${pictures.map(pictureHtml).join('\n')}</div>
</section>`;
}

function tableHtml({ head, rows }: Table): string {
  const cells = (name: 'th' | 'td', row: readonly (string | number)[]): string =>
    `<tr>${row.map((cell) => `<${name}>${escape(String(cell))}</${name}>`).join('')}</tr>`;
  return `<div class="scroll" tabindex="0"><table><thead>${cells('th', head)}</thead><tbody>${rows
    .map((row) => cells('td', row))
    .join('')}</tbody></table></div>`;
}

function figureHtml({ id, title, caption, legend, wide, narrow, table }: Figure): string {
  const items = legend.map(
    ({ label, look }) => `<li><span class="swatch" data-look="${look}"></span>${escape(label)}</li>`,
  );
  const numbers = table
    ? `<details><summary>Numbers</summary>${tableHtml({ head: table.columns, rows: table.rows })}</details>`
    : '';
  return `<figure class="card figure" id="figure-${id}"><figcaption><h3>${escape(title)}</h3><p>${escape(caption)}</p></figcaption>
<ul class="legend">${items.join('')}</ul>
<div class="drawing wide">${wide}</div><div class="drawing narrow">${narrow}</div>${numbers}</figure>`;
}

function pictureHtml({ caption, size, values }: Picture): string {
  return `<figure><img alt="${escape(caption)}" src="${pngAddress(values, size)}"><figcaption>${escape(caption)}</figcaption></figure>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
