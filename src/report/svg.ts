/**
 * @file Observable Plot on the server: a description of a plot -> SVG text.
 *
 * Every figure is drawn twice, for wide and for narrow columns, so that letters keep their size; the style sheet shows one.
 * Nothing of it needs inline CSS, so that a page may forbid it.
 */

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

import { escapeText } from './escape.js';

/** A finished figure: all a view needs to print it. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** One sentence: what is seen, and which rows it uses. */
  readonly caption: string;
  readonly legend: readonly LegendItem[];
  readonly wide: string;
  readonly narrow: string;
  /** The numbers behind the drawing; null where the page shows them as a table of its own. */
  readonly table: FigureTable | null;
}

/** Words and numbers as they are to be read. */
export interface FigureTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface LegendItem {
  readonly label: string;
  /** Name of a look in the style sheet: a family, `series-1` ... or `best`. */
  readonly look: string;
}

/** What a drawing function may know of its column. */
export interface Canvas {
  readonly width: number;
  readonly narrow: boolean;
}

export interface FigureParts {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** For people who cannot see the plot: what it says, in numbers. */
  readonly description: string;
  readonly legend?: readonly LegendItem[];
  readonly table?: FigureTable;
  readonly draw: (canvas: Canvas) => Plot.PlotOptions;
}

const WIDE: Canvas = { width: 560, narrow: false };
const NARROW: Canvas = { width: 320, narrow: true };
const FONT_SIZE = 12;

/** Draws both sizes. */
export function makeFigure({ id, title, caption, description, legend = [], table, draw }: FigureParts): Figure {
  const wide = toSvg(draw(WIDE), WIDE, { id: `${id}-wide`, title, description });
  const narrow = toSvg(draw(NARROW), NARROW, { id: `${id}-narrow`, title, description });
  return { id, title, caption, legend, wide, narrow, table: table ?? null };
}

interface Names {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** The little of the DOM that is used here. */
interface Element {
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly outerHTML: string;
  innerHTML: string;
  querySelectorAll(selector: string): Iterable<Element>;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
}

const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as { document: object };

function toSvg(options: Plot.PlotOptions, canvas: Canvas, names: Names): string {
  const settings = { width: canvas.width, marginTop: 24, ...options, document: document as never };
  const svg = Plot.plot(settings) as unknown as Element;
  for (const style of svg.querySelectorAll('style')) style.remove();
  for (const element of svg.querySelectorAll('*')) tidy(element);
  svg.setAttribute('class', 'plot');
  svg.setAttribute('font-size', String(FONT_SIZE));
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${names.id}-title ${names.id}-desc`);
  const head = `<title id="${names.id}-title">${escapeText(names.title)}</title><desc id="${names.id}-desc">${escapeText(names.description)}</desc>`;
  return svg.outerHTML.replace(/>/, `>${head}`);
}

const GEOMETRY = new Set('d transform x y x1 x2 y1 y2 cx cy r width height dx dy'.split(' '));

/** Two decimals are enough for a screen; the names that Plot gives to groups of marks become classes to style. */
function tidy(element: Element): void {
  for (const { name, value } of [...element.attributes]) {
    if (name === 'aria-label') element.setAttribute('class', value.replace(/\W+/g, '-'));
    if (name === 'style' || name === 'aria-label' || name === 'aria-hidden') element.removeAttribute(name);
    else if (GEOMETRY.has(name)) element.setAttribute(name, value.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, round));
  }
}

function round(digits: string): string {
  return String(Math.round(Number(digits) * 100) / 100);
}
