// Package licensespring speaks the License API of LicenseSpring, version 4: the contract is
// docs/contracts/licensespring-license-api.md, and a § in this package is a section of it. Where the package departs
// from it or had to guess stands in README.md.
//
// The package translates and decides nothing: package authority answers what holds. A licensing "no" is never a 5xx,
// since clients take that for a server they cannot reach and go on without it.
//
// A request passes [New]'s one handler: it says who calls (auth.go), reads what they say (params.go) and hands both to
// the endpoint as a call. An endpoint reads its own parameters, then the common ones by call.request, asks the
// authority, writes the answer with a canonjson.Writer, and ends with call.reply, which signs the bytes and sends
// them as they are. What is signed is never written a second time.
package licensespring
