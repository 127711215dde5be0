import { expect } from 'chai';

import { DrawingDocument } from '../../src/report/plots/drawing.js';

const SVG = 'http://www.w3.org/2000/svg';

describe('DrawingDocument', () => {
  const document = new DrawingDocument();
  const element = (name: string) => document.createElementNS(SVG, name);

  it('prints text and values of attributes as text, whatever they say', () => {
    const title = element('title');
    title.textContent = '</title><script>alert("1")</script>&amp;';
    title.setAttribute('data-x', '"><b>\'');
    expect(title.toText()).to.equal(
      '<title data-x="&#34;&gt;&lt;b&gt;&#39;">&lt;/title&gt;&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;amp;</title>',
    );
  });

  it('keeps the order of elements, and moves one that is put elsewhere', () => {
    const [group, a, b, c] = ['g', 'rect', 'path', 'line'].map(element);
    group.appendChild(a);
    group.appendChild(c);
    group.insertBefore(b, c);
    expect(group.toText()).to.equal('<g><rect/><path/><line/></g>');
    group.appendChild(a);
    expect(group.toText()).to.equal('<g><path/><line/><rect/></g>');
    b.appendChild(c);
    expect(group.children).to.deep.equal([b, a]);
    expect(c.parentNode).to.equal(b);
  });

  it('rounds places, turns names into classes, and leaves style sheets, styles and hidden marks out', () => {
    const group = element('g');
    group.appendChild(element('style')).textContent = 'g { color: red }';
    const attributes = {
      'aria-label': 'y-axis tick label',
      'aria-hidden': 'true',
      style: 'x',
      fill: '0.12345',
      d: 'M1.23456,-0.00001e-5L2,3.999',
    };
    for (const [name, value] of Object.entries(attributes)) group.setAttribute(name, value);
    expect(group.toText('<desc>d</desc>')).to.equal(
      '<g class="y-axis-tick-label" fill="0.12345" d="M1.2,0L2,4"><desc>d</desc></g>',
    );
  });
});
