// Package keyauth speaks the client API of KeyAuth, versions 1.3 and 1.2: the contract is docs/contracts/keyauth.md, and a §
// in this package is a section of it. Where the package departs from it or had to guess stands in README.md.
//
// The package translates and decides nothing: package authority answers what holds. Every call goes to one path and says by
// its field type what it is, so the package has a table of calls ([newCalls]) where others have routes.
//
// A request passes [call.run]: it reads the fields (request.go), asks the brake, enters the application and its session, and
// hands itself to the call. A call asks the authority, begins an answer with call.succeed, adds what belongs to it, and ends
// with call.send, which signs the bytes at that moment and sends them as they are (reply.go, sign.go). Whatever is answered
// is signed, refusals and faults too: clients end where an answer is not.
package keyauth
