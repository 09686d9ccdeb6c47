// The day again, by a client that is generated from the OpenAPI document: node client.js URL TOKEN
import createClient from 'openapi-fetch'
import type { paths } from './schema.js'

declare const process: { argv: string[]; pid: number }

const [url, token] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } })

function must<T>(what: string, r: { data?: T; error?: unknown }): T {
  if (r.data === undefined) throw new Error(`${what}: ${JSON.stringify(r.error)}`)
  return r.data
}
function expect(what: string, want: unknown, got: unknown) {
  if (want !== got) throw new Error(`${what}: ${String(got)}, want ${String(want)}`)
  console.log(`${what}: ${String(got)}`)
}

const code = `gen-${process.pid}-${Date.now()}`
const product = must('product', await client.POST('/v1/products', { body: { code, name: 'My App' } }))
expect('product', code, product.code)
must('policy', await client.POST('/v1/products/{product}/policies', {
  params: { path: { product: code } }, body: { code: 'pro', terms: { activations: 2 } },
}))
const made = must('licenses', await client.POST('/v1/licenses', { body: { product: code, policy: 'pro', amount: 3 } }))
expect('licenses', 3, made.licenses.length)
const license = made.licenses[0]!
const claim = { key: license.key!, product: code, hardware_id: 'machine-A' }
expect('before the activation', 'license_not_active', must('validate', await client.POST('/v1/validate', { body: claim })).code)
const activation = must('activate', await client.POST('/v1/activations', { body: claim }))
expect('activated', true, activation.valid)
expect('valid', true, must('validate', await client.POST('/v1/validate', { body: claim })).valid)
const file = must('file', await client.POST('/v1/license-files', { body: claim }))
expect('parts of the file', 3, file.file.split('.').length)
must('revoke', await client.POST('/v1/licenses/{license}/revoke', { params: { path: { license: String(license.id) } }, body: {} }))
const after = must('validate', await client.POST('/v1/validate', { body: claim }))
expect('revoked', 'license_revoked', after.code)
const wrong = await client.POST('/v1/products', { body: { code, name: 'Again' } })
expect('a second product of that code', 409, wrong.response.status)
