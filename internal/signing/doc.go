// Package signing keeps secrets, seals and signs: bytes in, bytes out.
//
//   - [MasterKey] and [Keyring] seal what must be stored and read back: end-to-end keys of
//     products, shared keys, signing keys. A copy of the database alone shows none of it.
//   - [Envelope] is the AES-256-GCM answer of the RMZ dialect (contract RMZ §11).
//   - [RSAKey] signs answers and offline files of the License API (contract License API §3, §8);
//     [Signer] does it with bounded work and remembers what it signed, [RSAKeys] remembers keys.
//   - [AirGapKey] makes and checks the codes of the air gap (contract License API §9).
//
// The package knows no network and no database, and of Licet only package license, for refusals.
package signing
