/**
 * Figures of docs/explain, as SVG files that stand for themselves on a light card, whatever the page around them.
 *
 * Usage: node scripts/docs/plots.mjs        (the site draws them anew from docs/accuracy.md)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INK = '#1f2933';
const SOFT = '#7b8794';
const BLUE = '#2563ae';
const ORANGE = '#b3541e';

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) drawAll(join(ROOT, 'docs/explain'));

/** Writes every figure into the folder. */
export function drawAll(folder) {
  writeFileSync(join(folder, 'neurons.svg'), neurons());
  writeFileSync(join(folder, 'product.svg'), product());
  writeFileSync(join(folder, 'lrnn-mlp.svg'), ratios(readFileSync(join(ROOT, 'docs/accuracy.md'), 'utf8')));
}

/** What a neuron of each kind does with two numbers, side by side. */
function neurons() {
  const half = (x, title, colour, steps) => {
    const boxes = steps.map(({ y, lines, width = 148 }) => box(x + 150 - width / 2, y, width, lines, colour)).join('');
    return `${text(x + 150, 34, title, { weight: 600, size: 15 })}${boxes}`;
  };
  const arrows = (x, pairs) => pairs.map(([x1, y1, x2, y2]) => arrow(x + x1, y1, x + x2, y2)).join('');
  const mlp = [
    { y: 130, lines: ['add: w₁z₁ + w₂z₂ + b'], width: 190 },
    { y: 205, lines: ['bend: max(0, ·)'], width: 150 },
  ];
  const two = (x) => box(x + 12, 118, 128, ['1 + γ g₁(z₁)'], BLUE) + box(x + 160, 118, 128, ['1 + γ g₂(z₂)'], BLUE);
  const lrnn = [{ y: 205, lines: ['multiply'], width: 120 }];
  const inputs = (x) => [78, 222].map((at, i) => text(x + at, 80, `z${'₁₂'[i]}`, { size: 16 })).join('');
  const body = [
    inputs(0),
    arrows(0, [
      [78, 88, 128, 126],
      [222, 88, 172, 126],
      [150, 164, 150, 201],
      [150, 239, 150, 268],
    ]),
    half(0, 'A neuron of an MLP', ORANGE, mlp),
    inputs(310),
    arrows(310, [
      [78, 88, 78, 114],
      [222, 88, 222, 114],
      [78, 152, 128, 201],
      [222, 152, 172, 201],
      [150, 239, 150, 268],
    ]),
    two(310),
    half(310, 'A neuron of an LRNN', BLUE, lrnn),
    text(150, 290, 'one bend, of a sum', { colour: SOFT }),
    text(460, 290, 'one learned curve for each number', { colour: SOFT }),
  ];
  return svg(
    620,
    310,
    'Two neurons: an MLP adds and then bends; an LRNN bends each number and then multiplies',
    body.join(''),
  );
}

/** Two functions of one number, and their product over both. */
function product() {
  const g1 = (z) => 1 + 0.7 * Math.tanh(3 * (z + 0.2));
  const g2 = (z) => 1 + 0.7 * Math.tanh(4 * (z + 0.45)) - 0.75 * Math.tanh(4 * (z - 0.4));
  const [first, second] = [curve(20, 60, g1, 'of the first number'), curve(20, 200, g2, 'of the second number')];
  const cells = [];
  const n = 20;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [x, y] = [-1 + (2 * (i + 0.5)) / n, 1 - (2 * (j + 0.5)) / n];
      const share = Math.min(1, Math.max(0, (g1(x) * g2(y)) / 4));
      cells.push(
        `<rect x="${(330 + i * 11.9).toFixed(1)}" y="${(60 + j * 11.9).toFixed(1)}" width="12" height="12" fill="${shade(share)}"/>`,
      );
    }
  }
  const body = [
    text(140, 34, 'Two learned curves …', { weight: 600, size: 15 }),
    first,
    second,
    text(449, 34, '… and their product', { weight: 600, size: 15 }),
    ...cells,
    text(449, 318, 'first number →', { colour: SOFT }),
    `<text x="318" y="179" transform="rotate(-90 318 179)" text-anchor="middle" font-size="13" fill="${SOFT}">second number →</text>`,
  ];
  return svg(
    620,
    335,
    'Two curves of one number each, and the surface that their product is: a ridge that starts at one side',
    body.join(''),
  );
}

/** Bars of error, LRNN over MLP, from the tables of the page on accuracy. */
function ratios(page) {
  const lines = [...page.matchAll(/^(\S.*?): lrnn \/ mlp, as many trials +([\d.]+) +(\d+) /gm)];
  const rows = lines.map(([, part, ratio, sets]) => ({ part, ratio: Number(ratio), sets }));
  if (rows.length === 0) throw new Error('plots: docs/accuracy.md has no lines of "lrnn / mlp, as many trials"');
  const x = (ratio) => 210 + ((ratio - 0.6) / 0.7) * 360;
  const bars = rows.map(({ part, ratio, sets }, i) => {
    const y = 62 + i * 30;
    const [left, right] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
    const colour = ratio < 1 ? BLUE : ORANGE;
    const at = ratio < 1 ? left - 6 : right + 6;
    return [
      text(196, y + 14, `${part} (${sets})`, { anchor: 'end' }),
      `<rect x="${left.toFixed(1)}" y="${y}" width="${(right - left).toFixed(1)}" height="18" fill="${colour}"/>`,
      text(at, y + 14, ratio.toFixed(2), { anchor: ratio < 1 ? 'end' : 'start' }),
    ].join('');
  });
  const height = 62 + rows.length * 30;
  const body = [
    text(310, 34, 'Error of the LRNN over that of the MLP (tables)', { weight: 600, size: 15 }),
    `<line x1="${x(1)}" x2="${x(1)}" y1="52" y2="${height}" stroke="${INK}"/>`,
    ...bars,
    text(x(1) - 8, height + 22, '← the LRNN is better', { anchor: 'end', colour: BLUE }),
    text(x(1) + 8, height + 22, 'the MLP is →', { anchor: 'start', colour: ORANGE }),
  ];
  return svg(
    620,
    height + 40,
    'Bars: error of the LRNN over that of the MLP, by task and by number of rows',
    body.join(''),
  );
}

function curve(x, y, g, label) {
  const points = Array.from({ length: 61 }, (_, i) => {
    const z = -1 + i / 30;
    return `${(x + 30 + i * 3.6).toFixed(1)},${(y + 95 - g(z) * 42).toFixed(1)}`;
  });
  return [
    `<line x1="${x + 30}" x2="${x + 246}" y1="${y + 95}" y2="${y + 95}" stroke="#cbd2d9"/>`,
    `<line x1="${x + 30}" x2="${x + 246}" y1="${y + 53}" y2="${y + 53}" stroke="#cbd2d9" stroke-dasharray="3 3"/>`,
    text(x + 22, y + 57, '1', { anchor: 'end', colour: SOFT }),
    text(x + 22, y + 99, '0', { anchor: 'end', colour: SOFT }),
    `<polyline points="${points.join(' ')}" fill="none" stroke="${BLUE}" stroke-width="2.5"/>`,
    text(x + 138, y + 116, label, { colour: SOFT }),
  ].join('');
}

/** White to blue. */
function shade(share) {
  const mix = (from, to) => Math.round(from + (to - from) * share);
  return `rgb(${mix(246, 20)},${mix(248, 70)},${mix(251, 140)})`;
}

function box(x, y, width, lines, colour) {
  const label = lines.map((line, i) => text(x + width / 2, y + 22 + i * 18, line)).join('');
  return `<rect x="${x}" y="${y}" width="${width}" height="34" rx="6" fill="#fff" stroke="${colour}" stroke-width="1.5"/>${label}`;
}

function arrow(x1, y1, x2, y2) {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${SOFT}" stroke-width="1.5" marker-end="url(#tip)"/>`;
}

function text(x, y, content, { size = 13, weight = 400, colour = INK, anchor = 'middle' } = {}) {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" font-weight="${weight}" fill="${colour}">${content}</text>`;
}

function svg(width, height, title, body) {
  const tip = `<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${SOFT}"/></marker>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif"><title>${title}</title><defs>${tip}</defs><rect width="${width}" height="${height}" rx="8" fill="#fbfcfd"/>${body}</svg>\n`;
}
