// Package api is what the native doors are made of: operations that are described by Go types. From the types come the reading and
// checking of requests, the answers, and the OpenAPI document; nothing of it is written twice.
//
// # An operation
//
// An operation has an input and an output. Fields of the input that are tagged path or query are read from the address, the field
// Body from the body; what a member may be is said by tags such as minLength and enum. The output is the JSON of the answer.
// Handlers return errors; they become problem documents (RFC 9457) in one place.
//
// # What every operation does
//
// The caller shows a token and must have the permission that the operation names. A POST with an Idempotency-Key is carried
// out once in 24 hours. A change with dry_run=true is carried out and taken back. Answers about one thing have an ETag, which changes
// may demand with If-Match.
//
// # The document
//
// It is made from the same types when the server starts and served at /openapi.json, and as pages at /docs.
package api
