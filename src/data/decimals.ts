/** @file Numbers as most programs write them: digits, perhaps a minus, perhaps a point between digits. Text and value tell each other. */

/** With more digits two texts may be one double, and a text could not be told by its value. */
export const MAX_DIGITS = 15;

/** Powers of ten that doubles hold exactly, as many as there may be places. */
export const POWERS: Float64Array = Float64Array.from({ length: MAX_DIGITS + 1 }, (_, i) => Number(`1e${i}`));

/** `units` of the last of `places` digits behind the point: 12.50 is 1250 with 2 places. No other text has the same two. */
export interface Decimal {
  /** Whole, below 10^15, never -0. */
  readonly units: number;
  readonly places: number;
}

const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.(\d+))?$/;

/** The parts of a decimal as it is written here; undefined for `+1`, `.5`, `1.`, `007`, `1e5`, `-0` and longer ones. */
export function decimalOf(text: string): Decimal | undefined {
  if (text.length > MAX_DIGITS + 2) return undefined;
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const digits = text.replace(/[-.]/g, '');
  if (digits.length > MAX_DIGITS) return undefined;
  const size = Number(digits);
  if (size === 0 && text.startsWith('-')) return undefined;
  return { units: text.startsWith('-') ? -size : size, places: match[1]?.length ?? 0 };
}

/** The one text of these parts. */
export function decimalText(units: number, places: number): string {
  if (places === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  const point = digits.length - places;
  return `${units < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The double nearest to the decimal, as JavaScript reads its text: a quotient of two exact doubles is rounded once. */
export function decimalValue(units: number, places: number): number {
  return units / POWERS[places];
}

export function isOneOf(decimals: readonly Decimal[], units: number, places: number): boolean {
  for (const decimal of decimals) if (decimal.units === units && decimal.places === places) return true;
  return false;
}

/** Those of some texts that are decimals. */
export function decimalsAmong(texts: Iterable<string>): Decimal[] {
  return Array.from(texts, (text) => decimalOf(text.trim())).filter((decimal) => decimal !== undefined);
}
