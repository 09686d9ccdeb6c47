// Package signing keeps secrets, seals and signs: bytes in, bytes out.
//
//   - [MasterKey] and [Keyring] seal what must be stored and read back: end-to-end keys of
//     products, shared keys, signing keys. A copy of the database alone shows none of it.
//   - [Envelope] is the AES-256-GCM answer of the RMZ dialect (contract RMZ §11).
//   - [RSAKey] signs answers and offline files of the License API (contract License API §3, §8);
//     [Signer] does it with bounded work and remembers what it signed, [Keys] remembers keys.
//   - [AnswerSigner] signs answers of the native API (HTTP Message Signatures, RFC 9421, over a digest
//     of RFC 9530) and [AnswerHeaders] checks them; [SignMessage] and [VerifyMessage] are the general
//     way, in the part of the RFC that is needed.
//   - [SignJWS] makes license files (RFC 7515, EdDSA), and [JWK] names the keys of both (RFC 8037).
//   - [SignWebhook] signs what is delivered to webhooks (Standard Webhooks, v1).
//   - [AirGapKey] makes and checks the codes of the air gap (contract License API §9).
//
// The package knows no network and no database, and of Licet only package license, for refusals.
package signing
