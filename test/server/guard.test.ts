import { expect } from 'chai';

import { guardRequest } from '../../src/server/guard.js';

const options = { hosts: ['my-computer'] };
const isAllowed = (method: string, headers: Record<string, string>): boolean => {
  try {
    guardRequest({ method, headers }, options);
    return true;
  } catch (error) {
    expect(error).to.have.property('status', 403);
    return false;
  }
};

describe('guardRequest', () => {
  it('lets links of other pages lead here, and nothing else of theirs', () => {
    const host = 'localhost:3000';
    for (const site of ['cross-site', 'same-site']) {
      const foreign = { host, 'sec-fetch-site': site };
      expect(isAllowed('GET', { ...foreign, 'sec-fetch-mode': 'navigate' })).to.be.true;
      for (const mode of ['no-cors', 'cors'])
        expect(isAllowed('GET', { ...foreign, 'sec-fetch-mode': mode })).to.be.false;
    }
    for (const site of ['same-origin', 'none']) expect(isAllowed('GET', { host, 'sec-fetch-site': site })).to.be.true;
  });

  it('knows this computer by address, as localhost and by its names', () => {
    const known = ['127.0.0.1:3000', 'localhost:3000', 'LOCALHOST', '[::1]:3000', '192.168.1.5:80', 'My-Computer:3000'];
    for (const host of known) expect(isAllowed('GET', { host }), host).to.be.true;
  });

  it('refuses names that another may have pointed here, and nonsense', () => {
    const strange = [
      'evil.example',
      'localhost.evil.example:3000',
      '127.0.0.1.nip.io',
      '',
      ' ',
      'a b',
      'localhost@evil.example',
    ];
    for (const host of [...strange, 'localhost/x', '127.0.0.1:3000:4000'])
      expect(isAllowed('GET', { host }), host).to.be.false;
    expect(isAllowed('GET', {})).to.be.false;
  });

  const host = '127.0.0.1:3000';

  it('takes a form from its own pages and from programs without a page', () => {
    expect(isAllowed('POST', { host, origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' })).to.be.true;
    expect(isAllowed('POST', { host, 'sec-fetch-site': 'none' })).to.be.true;
    expect(isAllowed('POST', { host })).to.be.true;
  });

  it('refuses a form from anywhere else', () => {
    const origins = ['http://evil.example', 'http://127.0.0.1:4000', 'http://localhost:3000', 'null', '', 'nonsense'];
    for (const origin of origins) expect(isAllowed('POST', { host, origin }), origin).to.be.false;
    for (const site of ['cross-site', 'same-site', 'x']) {
      expect(isAllowed('POST', { host, 'sec-fetch-site': site }), site).to.be.false;
    }
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect(isAllowed(method, { host, origin: 'http://evil.example' }), method).to.be.false;
    }
  });

  it('lets anybody who may read follow a link from elsewhere', () => {
    expect(isAllowed('GET', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).to.be.true;
  });
});
