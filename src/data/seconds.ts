/** @file Times of day and durations as seconds: `15:59`, `3:59 PM`, `20:46:03`, `1 day, 2:03:04`, `1h 30m`, `PT1H30M`. */

const CLOCK =
  /^([+-])?(?:(\d{1,6}) days?,?\s+)?(\d{1,4}):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?(?:\s*([ap])\.?\s?m\.?)?$/i;
const SPELT =
  /^(?:(\d{1,6})\s*d(?:ays?)?)?\s*(?:(\d{1,6})\s*h(?:ours?|rs?)?)?\s*(?:(\d{1,6})\s*m(?:in(?:ute)?s?)?)?\s*(?:(\d{1,6})\s*s(?:ec(?:ond)?s?)?)?$/i;
const ISO = /^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,9})?)S)?)?$/i;

/** Seconds, since midnight for a time of day; NaN when the text is neither. */
export function secondsIn(text: string): number {
  const clock = CLOCK.exec(text);
  if (clock !== null) return clockSeconds(clock);
  if (!/^p?t?\d/i.test(text) || /\d$/.test(text)) return Number.NaN;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = SPELT.exec(text) ?? ISO.exec(text) ?? [null, Number.NaN];
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}

/** False for `36 h` alone, which is a number with a unit as well. */
export function isSurelyTime(text: string): boolean {
  return !Number.isNaN(secondsIn(text)) && (text.includes(':') || /^P|\d\D+\d/i.test(text));
}

function clockSeconds([, sign, days, hours, minutes, seconds, fraction, half]: (string | undefined)[]): number {
  let h = Number(hours);
  if (half !== undefined) {
    if (h < 1 || h > 12) return Number.NaN;
    h = (h % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  const whole = ((Number(days ?? 0) * 24 + h) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0);
  const total = whole + Number(`0.${fraction ?? 0}`);
  return sign === '-' ? -total : total;
}
