/**
 * @file The little of a document that Observable Plot draws into, written out as SVG text.
 *
 * It knows no selectors, no events and no style sheets: what is appended is kept in order, and printed once. Text and the values
 * of attributes are escaped as they are printed.
 */

import { escapeText } from '../words/escape.js';

const SVG = 'http://www.w3.org/2000/svg';
/** What `compareDocumentPosition` says of a node that comes later. */
const FOLLOWING = 4;
/** Styles that Plot sets on elements are said by the style sheet instead. */
const NO_STYLE = { setProperty: (): void => undefined, removeProperty: (): void => undefined };

/** A document whose elements are kept as they are appended; a new one per figure. */
export class DrawingDocument {
  readonly documentElement = new DrawingElement(this, 'svg');

  createElementNS(_space: string, name: string): DrawingElement {
    return new DrawingElement(this, name);
  }
}

export class DrawingElement {
  readonly namespaceURI = SVG;
  readonly style = NO_STYLE;
  readonly attributes = new Map<string, string>();
  parentNode: DrawingElement | null = null;
  private content: (DrawingElement | string)[] = [];

  constructor(
    readonly ownerDocument: DrawingDocument,
    readonly name: string,
  ) {}

  setAttribute(name: string, value: unknown): void {
    this.attributes.set(name, String(value));
  }

  setAttributeNS(_space: string, name: string, value: unknown): void {
    this.setAttribute(name, value);
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }

  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  appendChild(child: DrawingElement): DrawingElement {
    return this.insertBefore(child, null);
  }

  /** Null puts it last. */
  insertBefore(child: DrawingElement, next: DrawingElement | null): DrawingElement {
    child.remove();
    const at = next === null ? this.content.length : this.content.indexOf(next);
    this.content.splice(at, 0, child);
    child.parentNode = this;
    return child;
  }

  remove(): void {
    if (this.parentNode === null) return;
    this.parentNode.content = this.parentNode.content.filter((child) => child !== this);
    this.parentNode = null;
  }

  get children(): DrawingElement[] {
    return this.content.filter((child) => typeof child !== 'string');
  }

  set textContent(text: string | number | null) {
    this.content = text === null || text === '' ? [] : [String(text)];
  }

  /** Asked of siblings in the order in which they were appended. */
  compareDocumentPosition(): number {
    return FOLLOWING;
  }

  /** The element as text; `style` elements are left out, and `head` comes first inside it. */
  toText(head = ''): string {
    let text = `<${this.name}`;
    for (const [name, value] of tidied(this.attributes)) text += ` ${name}="${escapeText(value)}"`;
    if (this.content.length === 0 && head === '') return `${text}/>`;
    text += `>${head}`;
    for (const child of this.content) {
      if (typeof child === 'string') text += escapeText(child);
      else if (child.name !== 'style') text += child.toText();
    }
    return `${text}</${this.name}>`;
  }
}

const GEOMETRY = new Set('d transform x y x1 x2 y1 y2 cx cy r width height dx dy'.split(' '));

/** One decimal is enough for a screen, and two for what shines through; the names that Plot gives to groups of marks become classes to style. */
function* tidied(attributes: ReadonlyMap<string, string>): Generator<readonly [string, string]> {
  for (const [name, value] of attributes) {
    if (name === 'aria-label') yield ['class', value.replace(/\W+/g, '-')];
    else if (GEOMETRY.has(name)) yield [name, value.replace(/-?\d+\.\d{2,}(e-?\d+)?/g, round)];
    else if (name.endsWith('opacity')) yield [name, String(Math.round(Number(value) * 100) / 100)];
    else if (name !== 'style' && name !== 'aria-hidden') yield [name, value];
  }
}

function round(digits: string): string {
  return String(Math.round(Number(digits) * 10) / 10);
}
