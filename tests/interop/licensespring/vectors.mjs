// Verifies what a server has signed, without asking it:
//
//     node vectors.mjs vectors.json
//
// README.md says what the file holds. It ends with 1 at the first vector that does not hold.
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Wrong, must, verifyLicense, verifyOffline, verifyRSA } from './client.mjs';

function check(vector) {
  const key = createPublicKey(vector.public_key);
  const { body, header_signature, request, kind } = vector;
  if (header_signature) {
    verifyRSA(key, Buffer.from(body, 'utf8'), header_signature, 'header_signature over the body');
  }
  if (!/^[[{]/.test(body)) return;
  const said = JSON.parse(body);
  const again = JSON.stringify(said);
  must(again === body, `the body is not what JavaScript prints: ${again}`);
  if (header_signature) {
    verifyRSA(key, Buffer.from(again, 'utf8'), header_signature, 'header_signature over the body as JavaScript prints it');
  }
  if (kind) {
    const app = vector.shared_key && { sharedKey: vector.shared_key, apiKey: vector.api_key };
    verifyOffline(key, said, app, kind === 'refresh');
    return;
  }
  for (const license of Array.isArray(said) ? said : [said]) {
    if (license.license_signature) verifyLicense(key, license, request);
  }
}

const vectors = JSON.parse(readFileSync(process.argv[2], 'utf8'));
must(vectors.length > 0, 'there are no vectors');
vectors.forEach((vector, i) => {
  try {
    check(vector);
  } catch (err) {
    console.error(`FAILED: vector ${i}: ${err instanceof Wrong ? err.message : err.stack}`);
    process.exit(1);
  }
});
console.log(`ok: ${vectors.length} vectors`);
