/** @file What every figure owes its readers, as checks on its SVG. */

import { expect } from 'chai';
import { parseHTML } from 'linkedom';

import type { Figure } from '../../../src/report/plots/svg.js';

export interface SvgElement {
  readonly tagName: string;
  readonly textContent: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<SvgElement>;
}

export function parse(svg: string): SvgElement {
  const page = parseHTML(`<!doctype html><html><body>${svg}</body></html>`) as unknown as {
    readonly document: { querySelector(selector: string): SvgElement };
  };
  return page.document.querySelector('body > svg');
}

export function textsOf(svg: string, selector = 'text'): string[] {
  return [...parse(svg).querySelectorAll(selector)].map(({ textContent }) => textContent);
}

const KNOWN_PAINT = /^(none|currentColor|var\(--[a-z0-9-]+\))$/;

/** What every figure owes its readers, whatever it shows. */
export function checkFigure(figure: Figure): void {
  for (const svg of [figure.wide, figure.narrow]) {
    expect(svg, figure.id).to.match(/^<svg [^>]+><title id="[a-z0-9-]+">/);
    const root = parse(svg);
    const [title, description] = root.getAttribute('aria-labelledby')!.split(' ');
    expect(root.getAttribute('role')).to.equal('img');
    expect(svg).to.contain(`<title id="${title}">`).and.to.contain(`<desc id="${description}">`);
    expect([...root.querySelectorAll('script, style, image, foreignObject, a')]).to.be.empty;
    for (const element of root.querySelectorAll('*')) checkAttributes(element, figure.id);
    checkInside(svg, figure.id);
  }
  expect(figure.wide).to.contain(`id="${figure.id}-wide-title"`);
  expect(figure.narrow).to.contain(`id="${figure.id}-narrow-title"`);
}

function checkAttributes({ attributes }: SvgElement, id: string): void {
  for (const { name, value } of attributes) {
    expect(value, `${id} ${name}`).not.to.match(/NaN|Infinity|undefined/);
    expect(name, id).not.to.match(/^on|^style$|href/);
    if (name === 'fill' || name === 'stroke') expect(value, id).to.match(KNOWN_PAINT);
  }
}

/** Every number pair that places a mark: centres, corners, and the points of lines. */
export function placesOf(root: SvgElement): [number, number][] {
  const numbers = (element: SvgElement, ...names: string[]): number[] =>
    names.map((n) => Number(element.getAttribute(n)));
  const circles = [...root.querySelectorAll('[class="dot"] circle')].map((c) => numbers(c, 'cx', 'cy'));
  const moved = [...root.querySelectorAll('[class="dot"] path')].map((path) =>
    path
      .getAttribute('transform')!
      .match(/-?[\d.]+/g)!
      .map(Number),
  );
  const points = [...root.querySelectorAll('[class="line"] path')].flatMap((path) =>
    [...path.getAttribute('d')!.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
  );
  return [...circles, ...moved, ...points] as [number, number][];
}

/** No mark leaves the drawing, whatever the numbers are. */
export function checkInside(svg: string, id: string): void {
  const root = parse(svg);
  const [width, height] = ['width', 'height'].map((name) => Number(root.getAttribute(name)));
  for (const [x, y] of placesOf(root)) {
    expect(x, `${id} x`).to.be.within(-1, width + 1);
    expect(y, `${id} y`).to.be.within(-1, height + 1);
  }
}
