// A client of the LicenseSpring License API v4 in Node, with nothing but Node's standard library. It is
// written from docs/contracts/licensespring-license-api.md alone; comments name its sections.
//
// Whatever is wrong with an answer is thrown as a Wrong, whose message says what.
import { createHmac, createPublicKey, randomUUID, verify } from 'node:crypto';

export class Wrong extends Error {}

export const must = (holds, say) => {
  if (!holds) throw new Wrong(say);
};

const show = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
const hmac = (key, text) => createHmac('sha256', Buffer.from(key, 'utf8')).update(text, 'utf8').digest('base64');

// What the server answered: { endpoint, status, signature, type, raw, text, asked }.
class Answer {
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
  constructor({ base_url, api_key, shared_key, public_key }) {
    this.base = base_url.replace(/\/+$/, '');
    this.apiKey = api_key;
    this.sharedKey = shared_key;
    this.publicKey = createPublicKey(public_key);
  }

  // The same client with something changed, to play a wrong one.
  with(changes) {
    return Object.assign(Object.create(Client.prototype), this, changes);
  }

  // §2.1: only the time is signed.
  headers() {
    const date = (this.date ?? new Date()).toUTCString();
    const signature = hmac(this.sharedKey, `licenseSpring\ndate: ${date}`);
    const headers = { Date: date };
    if (!this.anonymous) {
      headers.Authorization = `algorithm="hmac-sha256",headers="date",signature="${signature}",apikey="${this.apiKey}"`;
    }
    return headers;
  }

  async ask(method, endpoint, { query = {}, body, type, asked } = {}) {
    const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined)).toString();
    const headers = this.headers();
    if (type) headers['Content-Type'] = type;
    const url = `${this.base}/${endpoint}${search ? `?${search}` : ''}`;
    const res = await fetch(url, { method, headers, body, redirect: 'manual' });
    return new Answer({
      endpoint,
      asked,
      status: res.status,
      signature: res.headers.get('LicenseSignature'),
      type: res.headers.get('Content-Type') ?? '',
      raw: Buffer.from(await res.arrayBuffer()),
    });
  }

  get(endpoint, query = {}) {
    return this.ask('GET', endpoint, { query, asked: query });
  }

  post(endpoint, body) {
    return this.ask('POST', endpoint, { body: JSON.stringify(body), type: 'application/json', asked: body });
  }

  postText(endpoint, body) {
    return this.ask('POST', endpoint, { body, type: 'text/plain', asked: {} });
  }

  // A success that is JSON: every signature holds. Returns what the body says.
  object(answer) {
    this.verifyBody(answer);
    must(answer.type.startsWith('application/json'), `Content-Type is ${answer.type}, want application/json`);
    const said = answer.json;
    const again = Buffer.from(JSON.stringify(said), 'utf8');
    must(again.equals(answer.raw), `the body is not what JavaScript prints: ${show(answer.text)}`);
    verifyRSA(this.publicKey, again, answer.signature, 'LicenseSignature over the body as JavaScript prints it');
    for (const license of Array.isArray(said) ? said : [said]) {
      if (['activate_license', 'check_license', 'activate_bundle', 'check_bundle'].includes(answer.endpoint)) {
        must(license.license_signature, `no license_signature: ${answer}`);
        verifyLicense(this.publicKey, license, answer.asked);
      }
    }
    return said;
  }

  // A success that is a bare word, or nothing.
  word(answer, want) {
    this.verifyBody(answer);
    must(answer.text === want, `the body is ${JSON.stringify(show(answer.text))}, want ${JSON.stringify(want)}`);
  }

  verifyBody(answer) {
    must(answer.status === 200, `${answer}, want 200`);
    must(answer.signature, `no LicenseSignature: ${answer}`);
    must(!answer.text.includes(this.sharedKey), 'the body shows the shared key');
    verifyRSA(this.publicKey, answer.raw, answer.signature, 'LicenseSignature over the body as sent');
  }

  // A refusal with one of these codes (§5).
  refusal(answer, ...codes) {
    must(answer.status >= 400 && answer.status < 500, `${answer}, want a 4xx with ${codes.join(' or ')}`);
    must(answer.type.startsWith('application/json'), `Content-Type of an error is ${answer.type}, want application/json`);
    const said = answer.json;
    const names = Object.keys(said ?? {}).sort().join(' ');
    must(names === 'code message status', `the members of an error are ${names}: ${answer}`);
    must(said.status === answer.status, `the error says ${said.status}, HTTP says ${answer.status}`);
    must(typeof said.message === 'string' && said.message !== '', `the error has no message: ${answer}`);
    must(codes.length === 0 || codes.includes(said.code), `the code is ${said.code}, want ${codes.join(' or ')}`);
    return said;
  }

  // The text of an offline request of schema 2 (§8.1), in the Node SDK's spelling.
  offlineRequest(request, fields) {
    const { hardware_id, product, variables, ...identity } = fields;
    const [weekday, day, month, year, time] = new Date().toUTCString().replace(',', '').split(' ');
    const inner = JSON.stringify({
      ...identity,
      product,
      hardware_id,
      variables,
      sdk_ver: '1.0',
      app_name: 'day',
      app_ver: '1.0',
      request_id: randomUUID(),
      request,
      schema_version: 2,
      api_key: this.apiKey,
      date: `${weekday} ${month} ${Number(day)} ${year} ${time} GMT+0000`,
    });
    const whole = `{"request":${inner},"signature":"${hmac(this.sharedKey, inner)}"}`;
    return Buffer.from(whole, 'utf8').toString('base64');
  }

  verifyOffline(license) {
    verifyOffline(this.publicKey, license, { sharedKey: this.sharedKey, apiKey: this.apiKey });
  }
}

// §3: RSASSA-PKCS1-v1_5 with SHA-256, in base64 with padding on one line.
export function verifyRSA(publicKey, bytes, signature, what) {
  must(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(signature ?? '-'), `${what} is no base64: ${signature}`);
  must(verify('sha256', bytes, publicKey, Buffer.from(signature, 'base64')), `${what} does not hold`);
}

const uncoded = (name) => name.split('|')[0];

// §3.2: the signature in the body, over what was asked and how long it holds.
export function verifyLicense(publicKey, license, asked) {
  let identity = asked.license_key;
  if (asked.username) {
    identity = uncoded(asked.username);
  } else if (asked.id_token || asked.code) {
    identity = uncoded(license.user?.email ?? '');
  }
  let validity = '';
  if (license.validity_period !== null) {
    validity = String(license.validity_period);
    must(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(validity), `validity_period is ${validity}`);
    must(new Date(validity).toISOString() === validity, `validity_period is ${validity}`);
  }
  const text = [asked.hardware_id, identity, validity].join('#').toLowerCase();
  verifyRSA(publicKey, Buffer.from(text, 'utf8'), license.license_signature, `license_signature over ${text}`);
}

// §8.3, and with refresh §8.4: the three signatures of a license that travels by file. Without app there is
// nothing to check the offline_signature with.
export function verifyOffline(publicKey, license, app, refresh = false) {
  const { license_key, username, hardware_id, date } = license;
  must(Boolean(license_key) !== Boolean(username), `license_key is ${license_key} and username is ${username}, want one of them`);
  verifyLicense(publicKey, license, { license_key, username, hardware_id });
  if (app) {
    const signed = ['licenseSpring', `date: ${date}`, license_key || username, hardware_id, app.apiKey].join('\n');
    must(license.offline_signature === hmac(app.sharedKey, signed), 'offline_signature does not hold');
  }
  const { license_signature_v2, ...covered } = license;
  if (!refresh) delete covered.license_signature;
  verifyRSA(publicKey, Buffer.from(JSON.stringify(covered), 'utf8'), license_signature_v2, 'license_signature_v2');
}
