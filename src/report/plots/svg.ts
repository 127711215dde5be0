/**
 * @file Observable Plot on the server: a description of a plot -> SVG text.
 *
 * Every figure is drawn twice, for wide and for narrow columns, so that letters keep their size; the style sheet shows one.
 * Nothing of it needs inline CSS, so that a page may forbid it.
 */

import * as Plot from '@observablehq/plot';

import { escapeText } from '../words/escape.js';
import type { DrawingElement } from './drawing.js';
import { DrawingDocument } from './drawing.js';

/** A finished figure: all a view needs to print it. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** One sentence: what is seen, and which rows it uses. */
  readonly caption: string;
  readonly legend: readonly LegendItem[];
  readonly wide: string;
  /** Empty: the other is small enough for every column. */
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
const SMALL: Canvas = { width: 150, narrow: true };
const FONT_SIZE = 12;

/** Draws both sizes. */
export function makeFigure({ id, title, caption, description, legend = [], table, draw }: FigureParts): Figure {
  const wide = toSvg(draw(WIDE), WIDE, { id: `${id}-wide`, title, description });
  const narrow = toSvg(draw(NARROW), NARROW, { id: `${id}-narrow`, title, description });
  return { id, title, caption, legend, wide, narrow, table: table ?? null };
}

/** One of many that stand side by side: drawn once. */
export function makeSmallFigure({ id, title, caption, description, legend = [], table, draw }: FigureParts): Figure {
  const wide = toSvg(draw(SMALL), SMALL, { id: `${id}-wide`, title, description });
  return { id, title, caption, legend, wide, narrow: '', table: table ?? null };
}

interface Names {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

function toSvg(options: Plot.PlotOptions, canvas: Canvas, names: Names): string {
  const document = new DrawingDocument();
  const settings = { width: canvas.width, marginTop: 24, ...options, document: document as never };
  const svg = Plot.plot(settings) as unknown as DrawingElement;
  svg.setAttribute('class', 'plot');
  svg.setAttribute('font-size', FONT_SIZE);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${names.id}-title ${names.id}-desc`);
  return svg.toText(
    `<title id="${names.id}-title">${escapeText(names.title)}</title><desc id="${names.id}-desc">${escapeText(names.description)}</desc>`,
  );
}
