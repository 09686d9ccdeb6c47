// Verifies a license file with a JOSE library: node verify-file.mjs JWKS-ADDRESS FILE PRODUCT MACHINE
import { readFileSync } from 'node:fs'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const [address, file, product, machine] = process.argv.slice(2)
const keys = createRemoteJWKSet(new URL(address))
const { payload, protectedHeader } = await jwtVerify(readFileSync(file, 'utf8').trim(), keys, {
  algorithms: ['EdDSA', 'Ed25519'], audience: product, typ: 'licet-license+jwt',
})
if (payload.hwid !== machine) throw new Error(`the file is for ${payload.hwid}, want ${machine}`)
console.log(`the license file is good: ${protectedHeader.alg}, until ${new Date(payload.exp * 1000).toISOString()}`)
