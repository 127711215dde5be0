import { inflateSync } from 'node:zlib';

import { expect } from 'chai';

import { curvesFigure } from '../../lab/curves.js';
import { page } from '../../lab/page.js';
import { picture } from '../../lab/picture.js';
import { pngAddress } from '../../lab/png.js';
import { SOUNDS } from '../../lab/sound.js';

describe('the page of the lab', () => {
  const figure = curvesFigure({
    id: 'curves',
    title: 'Curves',
    caption: 'Two of them.',
    xLabel: 'step',
    yLabel: 'loss',
    curves: [
      {
        name: 'one',
        points: [
          { x: 1, y: 2 },
          { x: 2, y: 1 },
        ],
      },
      {
        name: 'two',
        points: [
          { x: 1, y: NaN },
          { x: 2, y: 3 },
        ],
      },
    ],
  });
  const html = page('The lab', 'A lead.', [
    {
      question: 'Is 1 < 2?',
      outcome: {
        words: ['So it "is" & was.'],
        tables: [{ head: ['a', 'b'], rows: [['<i>', 2]] }],
        figures: [figure],
        pictures: [{ caption: 'grey', size: 2, values: [0, 0.5, 1, 2] }],
        summary: {},
      },
    },
  ]);

  it('needs nothing but itself', () => {
    expect(html).to.not.match(/(src|href)="(?!data:|#)/);
    expect(html).to.not.match(/url\((?!["']?data:)/);
  });

  it('holds words, tables, plots with their numbers, and pictures, and takes no text for tags', () => {
    expect(html).to.contain('Is 1 &#60; 2?').and.contain('So it &#34;is&#34; &#38; was.').and.contain('&#60;i&#62;');
    expect(html).to.contain('<svg').and.contain('data:image/png;base64,').and.contain('<summary>Numbers');
    expect(html).to.not.contain('NaN');
  });

  it('writes grey values as a PNG that says them again', () => {
    const bytes = Buffer.from(pngAddress([0, 0.5, 1, 2], 2).split(',')[1], 'base64');
    expect(bytes.subarray(1, 4).toString()).to.equal('PNG');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).to.deep.equal([2, 2]);
    const length = bytes.readUInt32BE(33);
    expect(bytes.subarray(37, 41).toString()).to.equal('IDAT');
    expect([...inflateSync(bytes.subarray(41, 41 + length))]).to.deep.equal([0, 0, 128, 0, 255, 255]);
  });
});

describe('made data of the lab', () => {
  it('is a picture in 256 greys that looks the same at any size', () => {
    const [small, large] = [picture(16), picture(32)];
    expect(
      small.every((value) => value >= 0 && value <= 1 && Math.abs(255 * value - Math.round(255 * value)) < 1e-4),
    ).to.equal(true);
    expect(Math.max(...small) - Math.min(...small)).to.be.above(0.6);
    const halved = small.map((_, i) => {
      const at = 64 * Math.floor(i / 16) + 2 * (i % 16);
      return (large[at] + large[at + 1] + large[at + 32] + large[at + 33]) / 4;
    });
    small.forEach((value, i) => expect(Math.abs(value - halved[i])).to.be.below(0.15));
    expect(picture(16)).to.deep.equal(small);
  });

  for (const [name, make] of Object.entries(SOUNDS)) {
    it(`is a sound, ${name}, that fills its range and is the same each time`, () => {
      const sound = make(1024);
      expect(Math.max(...sound.map(Math.abs))).to.be.closeTo(1, 1e-6);
      expect(Math.abs(sound.reduce((sum, value) => sum + value, 0) / 1024)).to.be.below(1e-6);
      expect(make(1024)).to.deep.equal(sound);
    });
  }
});
