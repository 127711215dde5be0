import { expect } from 'chai';
import fc from 'fast-check';

import { DocumentsBuilder, joinDocuments, mostWordsFor, takeDocuments } from '../../src/data/documents.js';
import { termsOf, tokensOf } from '../../src/data/terms.js';
import { seeded } from '../support/seed.js';

const terms = (text: string, most = 4096): number[] => [...termsOf(text, most)];

describe('tokensOf', () => {
  it('takes runs of letters, digits and marks in any script, whatever their case and form', () => {
    expect(tokensOf("Don't PANIC, it's 42%!")).to.deep.equal(['don', 't', 'panic', 'it', 's', '42']);
    expect(tokensOf('Ça va; ЖУК и мёд')).to.deep.equal(['ça', 'va', 'жук', 'и', 'мёд']);
    expect(tokensOf('cafe\u0301 ＡＢＣ １２ ﬁn')).to.deep.equal(['café', 'abc', '12', 'fin']);
    expect(tokensOf('STRASSE Straße')).to.deep.equal(['strasse', 'strasse']);
    expect(tokensOf('ΣΟΦΟΣ σοφος σοφός')).to.deep.equal(['σοφος', 'σοφος', 'σοφός']);
    expect(tokensOf('हिन्दी में')).to.deep.equal(['हिन्दी', 'में']);
  });

  it('takes symbols one by one, and leaves out marks, joiners and hyphens that nobody sees', () => {
    expect(tokensOf('so good 😀😀❤️')).to.deep.equal(['so', 'good', '😀', '😀', '❤']);
    expect(tokensOf('co\u00adoperate \u0301 - !?')).to.deep.equal(['cooperate']);
    expect(tokensOf('')).to.deep.equal([]);
    expect(tokensOf('\ud800 \udfff')).to.deep.equal([]);
  });

  it('takes characters of scripts without blanks, with their marks', () => {
    expect(tokensOf('東京tower')).to.deep.equal(['東', '京', 'tower']);
    expect(tokensOf('ไทย')).to.deep.equal(['ไ', 'ท', 'ย']);
    expect(tokensOf('ｶﾞ')).to.deep.equal(['ガ']);
    expect(tokensOf('서울 도시')).to.deep.equal(['서울', '도시']);
  });

  it('keeps the first words of a long text, and gives the same ones whatever stands behind them', () => {
    expect(tokensOf('a b c d', 3)).to.deep.equal(['a', 'b', 'c']);
    expect(tokensOf(`${'word '.repeat(100)}${'x'.repeat(1_000_000)}`, 50)).to.have.length(50);
  });
});

describe('termsOf', () => {
  it('has a term for every word and every two neighbours, and for three characters of scripts without blanks', () => {
    expect(terms('red')).to.have.length(1);
    expect(terms('red car')).to.have.length(3);
    expect(new Set(terms('red car red car'))).to.have.property('size', 4);
    expect(terms('red car')[2]).not.to.equal(terms('car red')[2]);
    expect(terms('東京都')).to.have.length(6);
    expect(terms('')).to.deep.equal([]);
  });

  it('gives the numbers that exported models look for', () => {
    // FNV-1a of the code units and the finaliser of MurmurHash3, worked out with another program.
    expect(terms('red car')).to.deep.equal([659421918, -101077864, 1244071392]);
  });

  it('gives different words different terms, and equal ones equal terms, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 }), (words) => {
        const text = words.join(' ');
        expect(terms(text.toUpperCase())).to.deep.equal(terms(text.toUpperCase().toLowerCase()));
        expect(terms(text.normalize('NFD'))).to.deep.equal(terms(text.normalize('NFC')));
        const tokens = tokensOf(text);
        expect(new Set(tokens.map((token) => terms(token).at(0)))).to.have.property('size', new Set(tokens).size);
      }),
      seeded(),
    );
  });
});

describe('DocumentsBuilder', () => {
  it('keeps equal texts once, with ascending terms and their counts', () => {
    const builder = new DocumentsBuilder(100);
    expect(['b a b', 'c', 'b a b', ''].map((text) => builder.codeOf(text))).to.deep.equal([0, 1, 0, 2]);
    const { starts, terms: all, counts } = builder.finish();
    expect([...starts]).to.deep.equal([0, 4, 5, 5]);
    expect([...all.subarray(0, 4)]).to.deep.equal([...all.subarray(0, 4)].sort((a, b) => a - b));
    expect([...counts].sort()).to.deep.equal([1, 1, 1, 1, 2]);
  });

  it('gives back what was put in when documents are taken and joined', () => {
    const builder = new DocumentsBuilder(100);
    ['one two', 'three', ''].forEach((text) => builder.codeOf(text));
    const all = builder.finish();
    const swapped = takeDocuments(all, [2, 1, 0]);
    expect(takeDocuments(swapped, [2, 1, 0])).to.deep.equal(all);
    const { documents, firsts } = joinDocuments([all, swapped]);
    expect(firsts).to.deep.equal([0, 3]);
    expect(takeDocuments(documents, [0, 1, 2])).to.deep.equal(all);
    expect(takeDocuments(documents, [3, 4, 5])).to.deep.equal(swapped);
  });

  it('counts fewer words of a cell the more rows there are', () => {
    expect([0, 100, 8192, 100_000, 10_000_000].map(mostWordsFor)).to.deep.equal([4096, 4096, 4096, 335, 16]);
  });
});
