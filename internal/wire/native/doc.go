// Package native is the door of the native API for apps: may I run, give me a place, lend me a seat, count my use, let me try, give me
// a file to run offline. The package translates and decides nothing; package authority answers what holds.
//
// Every answer is signed with the tenant's key (RFC 9421), errors too; what is answered to nobody known is signed with the server's
// own. The verdict is written by hand, since it is what apps ask for most: see appendVerdict, and the test that holds it against the
// type that the document is made from.
package native
