import { readdirSync } from 'node:fs';

import { expect } from 'chai';

import { FAMILIES } from '../../src/core/index.js';
import { STYLE_FOLDER, STYLE_PARTS, styleSheet } from '../../src/report/pages/style.js';
import { familyLook } from '../../src/report/words/families.js';

const CSS = styleSheet();

type Rgb = readonly [number, number, number];

/** Variables of light and dark, as linear RGB. */
function themes(): Record<'light' | 'dark', Record<string, Rgb>> {
  const pairs = [...CSS.matchAll(/--([\w-]+):\s*light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);/g)];
  return {
    light: Object.fromEntries(pairs.map(([, name, light]) => [name, linear(light)])),
    dark: Object.fromEntries(pairs.map(([, name, , dark]) => [name, linear(dark)])),
  };
}

function linear(hex: string): Rgb {
  const [r, g, b] = [0, 2, 4].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [r, g, b];
}

/** WCAG 2 contrast ratio. */
function contrast(a: Rgb, b: Rgb): number {
  const luminance = ([r, g, blue]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB. */
const SEEN: Readonly<Record<string, readonly (readonly number[])[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** OKLab (Ottosson 2020): distances are about alike for the eye. */
function oklab([r, g, b]: Rgb): number[] {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function distance(a: Rgb, b: Rgb, vision: string): number {
  const see = (colour: Rgb): Rgb => {
    const [r, g, blue] = SEEN[vision].map((row) =>
      Math.max(
        0,
        row.reduce((sum, w, i) => sum + w * colour[i], 0),
      ),
    );
    return [r, g, blue];
  };
  return Math.hypot(...oklab(see(a)).map((value, i) => value - oklab(see(b))[i]));
}

describe('style sheet', () => {
  it('is all of its parts, each once', () => {
    const files = readdirSync(STYLE_FOLDER).map((file) => file.replace(/\.css$/, ''));
    expect([...STYLE_PARTS].sort()).to.deep.equal(files.sort());
    expect(styleSheet().match(/^@media print/gm)).to.have.length(1);
  });
});

describe('palette', () => {
  for (const [theme, colours] of Object.entries(themes())) {
    it(`keeps text readable in ${theme} mode: 4.5 to 1`, () => {
      const pairs = ['text', 'muted', 'accent'].flatMap((ink) => ['bg', 'surface', 'sunken'].map((on) => [ink, on]));
      const tones = ['good', 'warn', 'bad', 'accent'].map((tone) => [tone, `${tone}-soft`]);
      for (const [ink, on] of [...pairs, ...tones, ['bad', 'surface'], ['muted', 'accent-soft']]) {
        expect(contrast(colours[ink], colours[on]), `${ink} on ${on}`).to.be.at.least(4.5);
      }
    });

    it(`keeps marks visible in ${theme} mode: 3 to 1`, () => {
      const marks = [...FAMILIES, ...[1, 2, 3, 4, 5, 6].map((i) => `series-${i}`)];
      for (const mark of marks) expect(contrast(colours[mark], colours.surface), mark).to.be.at.least(3);
    });

    for (const vision of Object.keys(SEEN)) {
      it(`keeps families apart in ${theme} mode, ${vision} vision`, () => {
        for (const a of FAMILIES) {
          for (const b of FAMILIES) {
            if (a >= b) continue;
            expect(distance(colours[a], colours[b], vision), `${a} and ${b}`).to.be.at.least(0.08);
          }
        }
      });
    }
  }

  it('gives each family a colour and a symbol of its own', () => {
    const looks = FAMILIES.map(familyLook);
    expect(new Set(looks.map(({ colour }) => colour)).size).to.equal(FAMILIES.length);
    expect(new Set(looks.map(({ symbol }) => symbol)).size).to.equal(FAMILIES.length);
    expect(FAMILIES.map((family) => familyLook(family).colour)).to.deep.equal(
      FAMILIES.map((family) => `var(--${family})`),
    );
  });
});
