import { expect } from 'chai';
import fc from 'fast-check';

import { cut, displayWidth, harmless, pad, paint, shellWord, wantsColor } from '../../src/cli/text.js';

const SEED = { seed: Number(process.env.TEST_SEED ?? 1) };

describe('displayWidth', () => {
  it('counts cells, not characters', () => {
    const widths: [string, number][] = [
      ['', 0],
      ['abc', 3],
      ['é', 1],
      ['e\u0301', 1],
      ['日本', 4],
      ['한글', 4],
      ['🚗', 2],
      ['👩‍👩‍👧', 2],
      ['❤️', 2],
      ['\u200b', 0],
      ['±–…', 3],
      ['\u001b[32mab\u001b[0m', 2],
    ];
    for (const [text, width] of widths) expect(displayWidth(text), JSON.stringify(text)).to.equal(width);
  });
});

describe('cut', () => {
  it('leaves what fits', () => expect(cut('日本', 4)).to.equal('日本'));

  it('ends what does not with an ellipsis, never splitting a character', () => {
    expect(cut('abcdef', 4)).to.equal('abc…');
    expect(cut('日本語', 4)).to.equal('日…');
    expect(cut('👩‍👩‍👧👩‍👩‍👧', 3)).to.equal('👩‍👩‍👧…');
    expect(cut('abc', 1)).to.equal('…');
    expect(cut('abc', 0)).to.equal('');
  });

  it('never takes more room than it has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, width) => {
        expect(displayWidth(cut(text, width))).to.be.at.most(width);
      }),
      SEED,
    );
  });
});

describe('pad', () => {
  it('fills cells on either side', () => {
    expect(pad('日', 4) + '|').to.equal('日  |');
    expect(pad('ab', 4, 'right')).to.equal('  ab');
    expect(pad('abcdef', 4)).to.equal('abcdef');
  });
});

describe('harmless', () => {
  it('shows control characters instead of sending them', () => {
    expect(harmless('a\u001b[2Jb\rc\nd\te\u0007')).to.equal('a\\u001b[2Jb\\rc\\nd\\te\\u0007');
    expect(harmless('\u202egnp.exe')).to.equal('\\u202egnp.exe');
  });

  it('lets every other text through', () => expect(harmless('Größe "日本" 🚗 ±')).to.equal('Größe "日本" 🚗 ±'));
});

describe('shellWord', () => {
  it('quotes only where a shell would take the word apart', () => {
    expect(shellWord('reports/car-prices')).to.equal('reports/car-prices');
    expect(shellWord("it's mine")).to.equal(`'it'\\''s mine'`);
    expect(shellWord('')).to.equal("''");
    expect(shellWord('$(rm)')).to.equal("'$(rm)'");
  });
});

describe('paint', () => {
  it('colours only where colour is wanted', () => {
    expect(paint({ color: true }).green('yes')).to.equal('\u001b[32myes\u001b[0m');
    expect(paint({ color: false }).green('yes')).to.equal('yes');
    expect(paint({ color: true }).bold('')).to.equal('');
  });

  it('is wanted on a terminal, unless NO_COLOR or a dumb terminal says no', () => {
    expect(wantsColor(true, {})).to.equal(true);
    expect(wantsColor(true, { NO_COLOR: '' })).to.equal(true);
    expect(wantsColor(true, { NO_COLOR: '1' })).to.equal(false);
    expect(wantsColor(true, { TERM: 'dumb' })).to.equal(false);
    expect(wantsColor(false, {})).to.equal(false);
  });
});
