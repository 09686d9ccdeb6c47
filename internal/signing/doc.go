// Package signing keeps secrets and makes envelopes: bytes in, bytes out.
//
//   - [MasterKey] and [Keyring] seal what must be stored and read back: end-to-end keys of
//     products, shared keys, signing keys. A copy of the database alone shows none of it.
//   - [Envelope] is the AES-256-GCM answer of the RMZ dialect (contract RMZ §11).
//
// The package knows no network and no database, and no other package of Licet.
package signing
