// A client of the KeyAuth door in Node, with nothing but Node's standard library. It is written from
// docs/contracts/keyauth.md alone; comments name its sections.
//
// Whatever is wrong with an answer is thrown as a Wrong, whose message says what.
import { createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';

export class Wrong extends Error {}

export const must = (holds, say) => {
  if (!holds) throw new Wrong(say);
};

const show = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

// §3.3: 32 bytes in hexadecimal digits.
export function loadKey(hex) {
  must(/^[0-9a-f]{64}$/.test(hex), `the public key is ${hex}, want 64 hexadecimal digits`);
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') }, format: 'jwk' });
}

// §3.3: whether the key has signed the timestamp and then the body.
export function holds(publicKey, timestamp, raw, signature) {
  return verify(null, Buffer.concat([Buffer.from(timestamp, 'utf8'), raw]), publicKey, Buffer.from(signature, 'hex'));
}

// §3.2
export const mac = (key, raw) => createHmac('sha256', key).update(raw).digest('hex');

// What the server answered.
export class Answer {
  constructor(fields) {
    Object.assign(this, fields);
    this.text = this.raw.toString('utf8');
  }

  get json() {
    try {
      return JSON.parse(this.text);
    } catch {
      throw new Wrong(`${this.status} with a body that is no JSON: ${show(this.text)}`);
    }
  }

  toString() {
    return `${this.status} ${show(this.text)}`;
  }
}

export class Client {
  constructor({ base_url, name, ownerid, secret, version, public_key }) {
    Object.assign(this, { base: base_url, api: '1.3', name, ownerid, secret, version, publicKey: loadKey(public_key) });
    this.sessionid = undefined;
    this.enckey = undefined;
  }

  // The same app with something changed, and without a session.
  with(changes) {
    return Object.assign(Object.create(Client.prototype), this, { sessionid: undefined, enckey: undefined }, changes);
  }

  // form makes a body of the fields; a URLSearchParams is one by itself.
  async ask(type, fields = {}, form = (all) => all) {
    const all = new URLSearchParams();
    const given = { type, sessionid: this.sessionid, name: this.name, ownerid: this.ownerid, ...fields };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) all.set(name, value);
    const res = await fetch(`${this.base}/api/${this.api}/`, { method: 'POST', body: form(all), redirect: 'manual' });
    return new Answer({
      asked: type,
      status: res.status,
      type: res.headers.get('Content-Type') ?? '',
      timestamp: res.headers.get('x-signature-timestamp'),
      signature: res.headers.get('x-signature-ed25519'),
      older: res.headers.get('signature'),
      raw: Buffer.from(await res.arrayBuffer()),
    });
  }

  // §3.1, §3.2, §3.3: what holds for every answer.
  verify(answer) {
    must(answer.status === 200, `${answer}, want 200`);
    if (this.api === '1.2') {
      const key = answer.asked === 'init' ? this.secret : `${this.enckey}-${this.secret}`;
      must(answer.older === mac(key, answer.raw), `signature is ${answer.older}, want ${mac(key, answer.raw)}: ${answer}`);
      return;
    }
    must(/^\d{10}$/.test(answer.timestamp ?? ''), `x-signature-timestamp is ${answer.timestamp}`);
    must(/^[0-9a-f]{128}$/.test(answer.signature ?? ''), `x-signature-ed25519 is ${answer.signature}`);
    must(holds(this.publicKey, answer.timestamp, answer.raw, answer.signature), `the signature does not hold: ${answer}`);
    const off = Math.abs(Date.now() / 1000 - Number(answer.timestamp));
    must(off <= 25, `x-signature-timestamp is ${off} seconds away`);
  }

  // §3.4, §3.5: the envelope of an answer of the application.
  envelope(answer) {
    this.verify(answer);
    must(answer.type === 'application/json; charset=utf-8', `Content-Type is ${answer.type}`);
    const said = answer.json;
    if (this.api === '1.2') {
      must(typeof said.success === 'boolean' && typeof said.message === 'string', `success or message is missing: ${answer}`);
      return said;
    }
    must(JSON.stringify(said) === answer.text, `the body is not what JavaScript prints: ${show(answer.text)}`);
    must(typeof said.success === 'boolean', `success is ${said.success}`);
    must(Number.isInteger(said.code) && (said.code === 68) === said.success, `code is ${said.code} with success ${said.success}`);
    must(typeof said.message === 'string', `message is ${said.message}`);
    must(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(said.nonce ?? ''), `nonce is ${said.nonce}`);
    must(said.ownerid === this.ownerid, `ownerid is ${said.ownerid}, want ${this.ownerid}`);
    return said;
  }

  // A success with this message; undefined is any.
  done(answer, message) {
    const said = this.envelope(answer);
    must(said.success && said.message === (message ?? said.message), `${answer.asked}: ${answer}, want success: ${message ?? 'any message'}`);
    return said;
  }

  // A refusal whose message is this, or matches it.
  refused(answer, message) {
    const said = this.envelope(answer);
    const right = message instanceof RegExp ? message.test(said.message) : said.message === message;
    must(!said.success && right, `${answer.asked}: ${answer}, want a refusal: ${message}`);
    return said;
  }

  // §6
  async init(fields = {}, form) {
    if (this.api === '1.2') this.enckey = randomBytes(16).toString('hex');
    const said = this.done(await this.ask('init', { ver: this.version, enckey: this.enckey, ...fields }, form), 'Initialized');
    must(typeof said.sessionid === 'string' && said.sessionid !== '', `sessionid is ${said.sessionid}`);
    must(typeof said.newSession === 'boolean', `newSession is ${said.newSession}`);
    for (const name of ['numUsers', 'numOnlineUsers', 'numKeys', 'version', 'customerPanelLink']) {
      must(typeof said.appinfo?.[name] === 'string', `appinfo.${name} is ${said.appinfo?.[name]}`);
    }
    this.sessionid = said.sessionid;
    return this;
  }

  // §8: the info of somebody who has signed in.
  user(answer, message = 'Logged in!') {
    const { info } = this.done(answer, message);
    for (const name of ['username', 'ip', 'createdate', 'lastlogin']) {
      must(typeof info?.[name] === 'string', `info.${name} is ${info?.[name]}`);
    }
    must(info.hwid === null || typeof info.hwid === 'string', `info.hwid is ${info.hwid}`);
    must(info.subscriptions?.length > 0, `info.subscriptions is ${JSON.stringify(info.subscriptions)}`);
    for (const held of info.subscriptions) {
      must(typeof held.subscription === 'string' && (held.key === null || typeof held.key === 'string'), `a subscription is ${JSON.stringify(held)}`);
      must(/^\d+$/.test(held.expiry) && Number(held.expiry) > Date.now() / 1000, `an expiry is ${JSON.stringify(held.expiry)}`);
      must(Number.isInteger(held.timeleft) && held.timeleft > 0, `a timeleft is ${JSON.stringify(held.timeleft)}`);
    }
    return info;
  }
}

// §11: the Seller API, which signs nothing.
export class Seller {
  constructor({ base_url, seller_key }) {
    Object.assign(this, { url: `${base_url}/api/seller/`, key: seller_key });
  }

  async ask(type, fields = {}) {
    const query = new URLSearchParams({ sellerkey: this.key, type, ...fields });
    const res = await fetch(`${this.url}?${query}`, { redirect: 'manual' });
    return { status: res.status, text: await res.text() };
  }

  // A license of level 1 for one day.
  async license() {
    const answer = await this.ask('add', { expiry: '1', level: '1', amount: '1' });
    must(answer.status === 200, `seller add: ${answer.status} ${show(answer.text)}`);
    const said = JSON.parse(answer.text);
    must(said.success === true && typeof said.key === 'string', `seller add: ${show(answer.text)}`);
    return said.key;
  }
}
