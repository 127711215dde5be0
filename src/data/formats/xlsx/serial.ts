/** @file Numbers that are dates or times of day because a cell's format shows them so. */

/** What a number format shows a number as. */
export type NumberMeaning = 'number' | 'date' | 'time' | 'elapsed';

const DAY_MS = 86_400_000;
/** 9999-12-31 in the system of 1900. */
const LAST_SERIAL = 2_958_466;

/** Formats without a text of their own, by ECMA-376 18.8.30; those of East Asia among them. */
export function builtInMeaning(id: number): NumberMeaning {
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) {
    return id === 32 || id === 33 ? 'time' : 'date';
  }
  if ((id >= 18 && id <= 21) || id === 45 || id === 47) return 'time';
  return id === 46 ? 'elapsed' : 'number';
}

/** What a format's text shows, by its first section: `yyyy-mm-dd;@`, `[h]:mm`, `#,##0.00`. */
export function meaningOf(format: string): NumberMeaning {
  const bare = format
    .replace(/"[^"]*"|\\.|[_*]./g, '')
    .split(';')[0]
    .toLowerCase();
  if (/\[(?:h+|m+|s+)\]/.test(bare)) return 'elapsed';
  const code = bare.replace(/\[[^\]]*\]/g, '').replace(/general|e[+-]/g, '');
  const hasClock = /[hs]|am\/pm|a\/p/.test(code);
  if (/[yd]/.test(code)) return 'date';
  // Alone, or beside other months, `m` is a month; beside hours or seconds it is minutes.
  if (/mmm/.test(code) || (/m/.test(code) && !hasClock)) return 'date';
  return hasClock ? 'time' : 'number';
}

/**
 * The text of a number that is shown as a date or a time: ISO 8601, without a time of day where it is midnight. What no calendar
 * has stays a number.
 */
export function serialText(serial: number, meaning: NumberMeaning, is1904: boolean): string {
  if (meaning === 'number' || !(serial >= 0 && serial < LAST_SERIAL)) return String(serial);
  if (meaning !== 'date') return clockText(meaning === 'time' ? serial % 1 : serial);
  const millis = Math.round(serial * DAY_MS) + epoch(serial, is1904);
  const text = new Date(millis).toISOString();
  return text.endsWith('T00:00:00.000Z')
    ? text.slice(0, 10)
    : text.slice(0, 19) + text.slice(19, -1).replace(/\.?0+$/, '');
}

/** Excel has a 29 February 1900, which never was: days before it count from one day later. */
function epoch(serial: number, is1904: boolean): number {
  if (is1904) return Date.UTC(1904, 0, 1);
  return serial < 60 ? Date.UTC(1899, 11, 31) : Date.UTC(1899, 11, 30);
}

function clockText(days: number): string {
  const millis = Math.round(days * DAY_MS);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const fraction = millis % 1000;
  const whole = `${two(millis / 3_600_000)}:${two((millis / 60_000) % 60)}:${two((millis / 1000) % 60)}`;
  return fraction === 0 ? whole : `${whole}.${String(fraction).padStart(3, '0').replace(/0+$/, '')}`;
}
