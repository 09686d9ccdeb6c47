// A day in the life of a license, against a running server:
//
//     node day.mjs input.json
//
// README.md says what the input holds. It prints a line for each step, and ends with 1 at the first thing
// that is wrong.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, Wrong, must } from './client.mjs';

const input = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const client = new Client(input);
// Capital letters, because signatures are made over small ones.
const hardware_id = `Node-${randomUUID().toUpperCase()}`;

const isoTime = (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text);
const isList = (value, what) => must(Array.isArray(value), `${what} is no list`);
const equal = (got, want, what) => must(got === want, `${what} is ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);

// The refusals that need no license.
async function errors() {
  const { product, license_key } = input;
  const check = (as, changes) => as.get('check_license', { product, license_key, hardware_id, ...changes });
  const ago = (minutes) => new Date(Date.now() - minutes * 60_000);
  client.refusal(await check(client.with({ sharedKey: 'another-shared-key' })), 'signature_mismatch');
  client.refusal(await check(client.with({ apiKey: 'no-such-key' })), 'invalid_api_key');
  client.refusal(await check(client.with({ date: ago(20) })), 'date_header_diff');
  client.refusal(await check(client.with({ anonymous: true })), 'missing_headers');
  client.refusal(await check(client, { product: 'no-such-product' }), 'unknown_product');
  client.refusal(await check(client, { license_key: 'ZZZZ-ZZZZ-ZZZZ-ZZZZ' }), 'license_not_found');
  const unknown = await client.get('no_such_endpoint');
  client.refusal(unknown, 'not_found');
  equal(unknown.status, 404, 'the status of an unknown path');
  client.refusal(await client.ask('POST', 'activate_license', { body: '{', type: 'application/json' }), 'invalid_json');
  client.refusal(await client.postText('activate_offline', ''), 'missing_content');
}

async function productDetails() {
  const { product } = input;
  const short = client.object(await client.get('product_details', { product }));
  equal(short.short_code, product, 'short_code');
  must(!('latest_version' in short) && !('custom_fields' in short), 'what nobody asked for is in product_details');
  const long = client.object(await client.get('product_details', { product, include_latest_version: true, include_custom_fields: true }));
  must('latest_version' in long, 'latest_version is missing');
  isList(long.custom_fields, 'custom_fields');
}

async function activate() {
  const ask = { product: input.product, license_key: input.license_key, hardware_id };
  client.refusal(await client.get('versions', ask), 'active_license_required');
  client.refusal(await client.get('check_license', ask), 'license_not_active', 'device_not_found');
  const first = client.object(await client.post('activate_license', { ...ask, hostname: 'day', app_ver: '1.0', is_vm: false }));
  equal(first.request, 'activation', 'request');
  equal(first.active, true, 'active');
  equal(first.license_key, input.license_key, 'license_key');
  equal(first.hardware_id, hardware_id, 'hardware_id');
  equal(first.product_details?.short_code, input.product, 'product_details.short_code');
  const again = client.object(await client.post('activate_license', ask));
  equal(again.times_activated, first.times_activated, 'times_activated after the second activation');
  equal(again.device_id, first.device_id, 'device_id after the second activation');
}

async function check() {
  const ask = { product: input.product, license_key: input.license_key, hardware_id };
  const said = client.object(await client.get('check_license', { ...ask, include_expired_features: false }));
  equal(said.license_active, true, 'license_active');
  equal(said.license_enabled, true, 'license_enabled');
  equal(said.is_expired, false, 'is_expired');
  isList(said.product_features, 'product_features');
  isList(client.object(await client.get('versions', ask)), 'versions');
  if (said.license_type !== 'consumption') {
    client.refusal(await client.post('add_consumption', { ...ask, consumptions: 1 }), 'license_not_consumption');
  }
}

async function variables() {
  const ask = { product: input.product, license_key: input.license_key, hardware_id };
  const tracked = client.object(await client.post('track_device_variables', { ...ask, variables: { a: 'x', b: 1 } }));
  isList(tracked, 'track_device_variables');
  const b = tracked.find((v) => v.variable === 'b');
  must(b && b.value === '1' && Number.isSafeInteger(b.created_at), `the variable b came back as ${JSON.stringify(b)}`);
  client.object(await client.post('track_device_variables', { ...ask, variables: { a: 'y <&> é \u2028' } }));
  const stored = client.object(await client.get('get_device_variables', ask));
  const a = stored.filter((v) => v.variable === 'a');
  equal(a.length, 1, 'how often the variable a is there');
  equal(a[0].value, 'y <&> é \u2028', 'the variable a');
  must(isoTime(a[0].created_at) && Number.isSafeInteger(a[0].id), `the variable a came back as ${JSON.stringify(a[0])}`);
}

async function deactivate() {
  const ask = { product: input.product, license_key: input.license_key, hardware_id };
  client.word(await client.post('deactivate_license', ask), 'license_deactivated');
  client.refusal(await client.get('check_license', ask), 'license_not_active', 'device_not_found');
}

async function offline() {
  const ask = { product: input.product, license_key: input.license_key, hardware_id };
  const wrong = client.with({ sharedKey: 'another-shared-key' }).offlineRequest('activation', ask);
  client.refusal(await client.postText('activate_offline', wrong), 'signature_mismatch');
  const file = client.object(await client.postText('activate_offline', client.offlineRequest('activation', ask)));
  equal(file.hardware_id, hardware_id, 'hardware_id');
  equal(file.license_key, input.license_key, 'license_key');
  client.verifyOffline(file);
  client.object(await client.get('check_license', ask));
  const back = client.offlineRequest('deactivation', { ...ask, variables: { left: 'by file' } });
  client.word(await client.postText('deactivate_offline', back), 'license_deactivated');
  client.refusal(await client.get('check_license', ask), 'license_not_active', 'device_not_found');
  client.object(await client.post('activate_license', ask));
  const stored = client.object(await client.get('get_device_variables', ask));
  equal(stored.find((v) => v.variable === 'left')?.value, 'by file', 'the variable that came by file');
  client.word(await client.post('deactivate_license', ask), 'license_deactivated');
}

async function consumption() {
  const ask = { product: input.consumption_product ?? input.product, license_key: input.consumption_key, hardware_id };
  const before = client.object(await client.post('activate_license', ask));
  equal(before.license_type, 'consumption', 'license_type');
  client.object(await client.post('add_consumption', ask));
  const after = client.object(await client.post('add_consumption', { ...ask, consumptions: 2 }));
  equal(after.total_consumptions, before.total_consumptions + 3, 'total_consumptions');
  if (!after.allow_unlimited_consumptions) {
    const left = after.max_consumptions + (after.allow_overages ? after.max_overages : 0) - after.total_consumptions;
    client.refusal(await client.post('add_consumption', { ...ask, consumptions: left + 1 }), 'license_not_enough_consumptions');
  }
  if (!after.allow_negative_consumptions) {
    client.refusal(await client.post('add_consumption', { ...ask, consumptions: -1 }), 'negative_consumptions_not_allowed');
  }
  const checked = client.object(await client.get('check_license', ask));
  equal(checked.total_consumptions, after.total_consumptions, 'total_consumptions of check_license');
  client.word(await client.post('deactivate_license', ask), 'license_deactivated');
}

async function feature() {
  const ask = { product: input.feature_product ?? input.product, license_key: input.feature_key ?? input.license_key, hardware_id };
  client.object(await client.post('activate_license', ask));
  const said = client.object(await client.get('check_license_feature', { ...ask, feature: input.feature }));
  equal(said.code, input.feature, 'code');
  client.refusal(await client.get('check_license_feature', { ...ask, feature: '0' }), 'invalid_license_feature_code');
  client.word(await client.post('deactivate_license', ask), 'license_deactivated');
}

async function floating() {
  const ask = { product: input.floating_product ?? input.product, license_key: input.floating_key, hardware_id };
  client.object(await client.post('activate_license', ask));
  const taken = client.object(await client.get('check_license', ask));
  equal(taken.is_floating_cloud, true, 'is_floating_cloud');
  must(taken.floating_in_use_devices >= 1, `floating_in_use_devices is ${taken.floating_in_use_devices}, want at least 1`);
  const hours = taken.max_borrow_time;
  const late = new Date(Date.now() + (hours + 1) * 3_600_000).toISOString();
  client.refusal(await client.post('floating/borrow', { ...ask, borrowed_until: late }), 'borrow_until_not_valid');
  const lent = client.object(await client.post('floating/borrow', { ...ask, borrowed_until: null }));
  must(isoTime(lent.borrowed_until), `borrowed_until is ${lent.borrowed_until}`);
  const minutes = (Date.parse(lent.borrowed_until) - Date.now()) / 60_000;
  must(minutes > 0 && minutes <= hours * 60 + 5, `borrowed_until is ${lent.borrowed_until}, want ${hours} hours from now`);
  const borrowed = client.object(await client.get('check_license', ask));
  equal(borrowed.is_borrowed, true, 'is_borrowed');
  equal(borrowed.borrowed_until, lent.borrowed_until, 'borrowed_until of check_license');
  client.word(await client.post('floating/release', ask), '');
  const released = client.object(await client.get('check_license', ask));
  equal(released.is_borrowed, false, 'is_borrowed after the release');
  client.word(await client.post('deactivate_license', ask), 'license_deactivated');
}

async function user() {
  const { user_product: product, username, password } = input;
  const ask = { product, username, hardware_id };
  client.refusal(await client.post('activate_license', { ...ask, password: `${password}x` }));
  const first = client.object(await client.post('activate_license', { ...ask, password }));
  must(first.username && !first.license_key, `username is ${first.username} and license_key is ${first.license_key}, want a username alone`);
  equal(typeof first.user?.is_initial_password, 'boolean', 'the type of user.is_initial_password');
  const new_password = `Dy9!${randomBytes(12).toString('hex')}`;
  client.word(await client.post('change_password', { username, password, new_password }), 'password_changed');
  const checked = client.object(await client.get('check_license', ask));
  equal(checked.user?.is_initial_password, false, 'user.is_initial_password after the change');
  client.refusal(await client.post('activate_license', { ...ask, password }));
  client.object(await client.post('activate_license', { ...ask, password: new_password }));
  client.word(await client.post('deactivate_license', ask), 'license_deactivated');
}

async function trial() {
  const product = input.trial_product;
  const first = client.object(await client.get('trial_key', { product, hardware_id }));
  equal(first.is_trial, true, 'is_trial');
  equal(first.times_activated, 0, 'times_activated');
  must(first.license && first.license === first.license_key, `license is ${first.license}, license_key is ${first.license_key}`);
  const again = client.object(await client.get('trial_key', { product, hardware_id }));
  equal(Object.keys(again).sort().join(' '), 'is_trial license license_type', 'the members of the second answer');
  equal(again.license, first.license, 'the license of the second answer');
  const ask = { product, license_key: first.license, hardware_id };
  const active = client.object(await client.post('activate_license', ask));
  equal(active.is_trial, true, 'is_trial of the activation');
  must(isoTime(active.validity_period), `validity_period of a trial is ${active.validity_period}`);
  client.word(await client.post('deactivate_license', ask), 'license_deactivated');
}

const steps = [
  ['errors', errors, ['product', 'license_key']],
  ['product_details', productDetails, ['product']],
  ['activate, twice', activate, ['product', 'license_key']],
  ['check, versions', check, ['product', 'license_key']],
  ['device variables', variables, ['product', 'license_key']],
  ['deactivate', deactivate, ['product', 'license_key']],
  ['offline activation and deactivation', offline, ['product', 'license_key']],
  ['consumption', consumption, ['consumption_key']],
  ['feature', feature, ['feature']],
  ['floating: check, borrow, release', floating, ['floating_key']],
  ['user: activate, change password, check', user, ['user_product', 'username', 'password']],
  ['trial', trial, ['trial_product']],
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
