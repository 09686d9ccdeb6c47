// A day in the life of an application, against a running server:
//
//     node day.mjs input.json
//
// README.md says what the input holds. It prints a line for each step, and ends with 1 at the first thing
// that is wrong.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Answer, Client, Seller, Wrong, holds, loadKey, mac, must } from './client.mjs';

const input = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const app = new Client(input);
const hwid = `node-${randomBytes(12).toString('hex')}`;
const otherHwid = `node-${randomBytes(12).toString('hex')}`;
const user = { username: `node${randomBytes(4).toString('hex')}`, pass: ' p&ss <b>é ' };

const equal = (got, want, what) => must(got === want, `${what} is ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
const notFound = /^Session not found/;

// The vectors of the contract (§3.2, §3.3), so that what follows proves something.
async function vectors() {
  const key = loadKey('03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8');
  const body = '{"success":true,"code":68,"message":"Session is validated.","nonce":"00000000-0000-4000-8000-000000000000","role":"not_checked","ownerid":"abcdefghij"}';
  const signature =
    '5a29044d39660efff03bd798c9f75c540e3412babc3b04de01f20363ee087aaa4e218a71c4ecb01745852ba0e0a3351902bceecc1a152e6f7b25e546e7cc3808';
  must(holds(key, '1700000000', Buffer.from(body), signature), 'the vector does not hold');
  must(!holds(key, '1700000001', Buffer.from(body), signature), 'the vector holds at another time');
  const secret = 'a'.repeat(64);
  equal(mac(secret, '{"success":true}'), 'ad8c2f7b86eb72359cb5d756caf7588bd137b70325f83800172602c17a031c84', 'the HMAC by the secret');
  equal(mac(`0123456789abcdef-${secret}`, '{"success":true}'), 'bfc6a81460e2ae0d2ef77b8d847adadf03025e314d50352b7d52f78270712829', 'the HMAC of a session');
}

// §4: what is refused before there is a session.
async function strangers() {
  const unknown = await app.ask('init', { name: 'no such application', ver: app.version });
  app.verify(unknown);
  equal(unknown.text, 'KeyAuth_Invalid', 'the answer to a name that nobody has');
  const nameless = await app.ask('init', { name: undefined });
  app.verify(nameless);
  must(nameless.json.success === false && nameless.json.message.startsWith('No app name specified.'), `no name: ${nameless}`);
  const old = app.refused(await app.ask('init', { ver: '0.0' }), 'invalidver');
  equal(typeof old.download, 'string', 'the type of download');
  app.refused(await app.ask('check', { sessionid: '0123456789abcdef' }), notFound);
}

// C60: a body of another kind.
async function multipart() {
  const form = (all) => {
    const data = new FormData();
    for (const [name, value] of all) data.set(name, value);
    return data;
  };
  await app.with({}).init({}, form);
}

async function licenseLogin() {
  await app.init();
  app.refused(await app.ask('check'), 'Session is not validated');
  app.refused(await app.ask('license', { key: 'NO-SUCH-KEY', hwid }), 'Invalid license key');
  const key = input.license_keys[0];
  const info = app.user(await app.ask('license', { key, hwid }));
  equal(info.username, key, 'username');
  equal(info.hwid, hwid, 'hwid');
  equal(info.subscriptions[0].key, key, 'the key of the subscription');
  equal(info.subscriptions[0].subscription, 'default', 'the name of the subscription');
}

async function check() {
  equal(app.done(await app.ask('check'), 'Session is validated.').role, 'not_checked', 'role');
}

// A body or a time that is not the signed one does not pass.
async function tampered() {
  const answer = await app.ask('check');
  app.done(answer);
  const wrong = (changes) => {
    try {
      app.done(new Answer({ ...answer, ...changes }));
    } catch (err) {
      if (err instanceof Wrong) return;
      throw err;
    }
    throw new Wrong(`${Object.keys(changes)} may be another`);
  };
  wrong({ raw: Buffer.from(answer.text.replace('not_checked', 'developer')) });
  wrong({ timestamp: String(Number(answer.timestamp) - 1) });
  wrong({ signature: answer.signature.replace(/^../, answer.signature.startsWith('00') ? '01' : '00') });
}

async function variable() {
  must(app.done(await app.ask('var', { varid: 'motd' })).message !== '', 'motd is empty');
  app.refused(await app.ask('var', { varid: 'no such variable' }), 'Variable not found.');
}

async function log() {
  app.done(await app.ask('log', { message: 'a day in Node: <&> é', pcuser: 'node' }));
}

async function sameMachine() {
  const ask = { key: input.license_keys[0], hwid };
  const again = await app.with({}).init();
  app.refused(await again.ask('license', { ...ask, hwid: otherHwid }), "HWID doesn't match. Ask for a HWID reset");
  app.refused(await again.ask('license', { ...ask, hwid: 'short' }), /^HWID must be \d+ or more characters/);
  again.user(await again.ask('license', { ...ask, hwid: `${hwid}\n` }));
}

async function register() {
  const fresh = await app.with({}).init();
  const ask = { ...user, key: input.license_keys[1], hwid };
  equal(fresh.user(await fresh.ask('register', ask)).username, user.username, 'username');
  fresh.done(await fresh.ask('check'));
  fresh.refused(await fresh.ask('register', { ...ask, username: `${user.username}2` }), 'License key has already been used');
  fresh.refused(await fresh.ask('license', { key: ask.key, hwid }), 'License key has already been used');
}

async function login() {
  await app.init();
  app.refused(await app.ask('login', { ...user, pass: 'another', hwid }), 'Password does not match.');
  app.refused(await app.ask('login', { ...user, username: 'nobody-at-all', hwid }), 'Invalid username');
  app.user(await app.ask('login', { ...user, hwid }));
  app.done(await app.ask('check'));
}

async function upgrade() {
  const fresh = await app.with({}).init();
  const before = app.user(await app.ask('login', { ...user, hwid })).subscriptions[0];
  fresh.done(await fresh.ask('upgrade', { username: user.username, key: input.license_keys[2] }), 'Upgraded successfully');
  fresh.refused(await fresh.ask('check'), 'Session is not validated');
  const after = app.user(await app.ask('login', { ...user, hwid })).subscriptions[0];
  must(Number(after.expiry) > Number(before.expiry), `after the upgrade the expiry is ${after.expiry}, before it was ${before.expiry}`);
}

async function userVariable() {
  const data = 'y <&> é \u2028 /';
  app.done(await app.ask('setvar', { var: 'a', data }), 'Successfully set variable');
  equal(app.done(await app.ask('getvar', { var: 'a' })).response, data, 'the variable a');
  app.refused(await app.ask('setvar', { var: 'a', data: 'x'.repeat(501) }), 'Variable data must be 500 characters or less');
  equal(app.done(await app.ask('getvar', { var: 'a' })).response, data, 'the variable a after a refusal');
}

async function seller() {
  const key = await new Seller(input).license();
  const fresh = await app.with({}).init();
  fresh.user(await fresh.ask('license', { key, hwid }));
}

async function logout() {
  app.done(await app.ask('logout'), 'Successfully logged out.');
  app.refused(await app.ask('check'), notFound);
}

// §3.2: the older dialect, whose answers are signed with a secret.
async function legacy() {
  const older = await app.with({ api: '1.2' }).init();
  older.refused(await older.ask('check'), 'Session is not validated');
  const { username } = older.user(await older.ask('login', { ...user, hwid }));
  equal(username, user.username, 'username');
  older.done(await older.ask('check'));
}

const steps = [
  ['vectors of the contract', vectors, []],
  ['strangers', strangers, []],
  ['multipart', multipart, []],
  ['license login', licenseLogin, ['license_keys']],
  ['check', check, ['license_keys']],
  ['tampered answers', tampered, ['license_keys']],
  ['variable', variable, ['license_keys']],
  ['log', log, ['license_keys']],
  ['the same machine', sameMachine, ['license_keys']],
  ['register', register, ['license_keys']],
  ['login', login, ['license_keys']],
  ['upgrade', upgrade, ['license_keys']],
  ['variable of the user', userVariable, ['license_keys']],
  ['seller', seller, ['seller_key']],
  ['logout', logout, ['license_keys']],
  ['API 1.2', legacy, ['secret', 'legacy']],
];

for (const [name, step, needs] of steps) {
  const absent = needs.filter((key) => !input[key]);
  if (absent.length > 0) {
    console.log(`skipped: ${name}: the input has no ${absent.join(' and no ')}`);
    continue;
  }
  try {
    await step();
    console.log(`ok: ${name}`);
  } catch (err) {
    const at = new RegExp(`at (?:async )?${step.name} .*day\\.mjs:(\\d+)`).exec(err.stack)?.[1];
    console.error(`FAILED: ${name}, line ${at} of day.mjs: ${err instanceof Wrong ? err.message : (err.stack ?? err)}`);
    process.exit(1);
  }
}
