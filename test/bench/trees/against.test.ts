import { expect } from 'chai';

import { PARTS, readWords } from '../../../bench/trees/against.js';

describe('words of bench:trees', () => {
  it('select parts and say how often', () => {
    const read = readWords(['--peer', 'python', '--part', 'memory,times', '--seeds', '5']);
    if (typeof read === 'string') throw new Error(read);
    expect(read.parts.map(({ name }) => name)).to.deep.equal(['times', 'memory']);
    expect(read.asked).to.deep.include({ peer: 'python', seeds: 5, rounds: 100, sets: null });
  });

  it('run all parts unless some are named', () => {
    const read = readWords(['--peer', 'python', '--data', 'folder', '--sets', 'a,b']);
    if (typeof read === 'string') throw new Error(read);
    expect(read.parts).to.equal(PARTS);
    expect(read.asked.sets).to.deep.equal(['a', 'b']);
  });

  it('must bring what the parts need', () => {
    expect(readWords(['--part', 'memory'])).not.to.be.a('string');
    expect(readWords(['--part', 'times'])).to.equal('bench:trees: the part times needs --peer');
    expect(readWords(['--peer', 'python'])).to.equal('bench:trees: the part errors needs --data');
  });

  it('are refused where they mean nothing', () => {
    expect(readWords(['--part', 'speed'])).to.match(/every part must be one of those below, got "speed"/);
    for (const wrong of ['0', '-1', '1.5', 'many']) {
      expect(readWords(['--part', 'memory', `--seeds=${wrong}`])).to.equal(
        `bench:trees: --seeds must be a whole number above 0, got "${wrong}"`,
      );
    }
  });
});
