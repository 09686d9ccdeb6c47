// Package dna speaks the REST API of software_DNA: the contract is docs/contracts/software-dna.md, and a § in this package is a
// section of it. Where the package departs from it or had to guess stands in README.md.
//
// The package translates and decides nothing: package authority answers what holds. A vendor's server calls, for end users whose
// addresses it tells.
//
// A request passes [call.run]: it finds what the path means (path.go), who calls, asks the brake, reads what the call says
// (request.go) and hands itself to the call's own method (password.go, license.go, credit.go). That reads the members it needs, looks
// once whether one of them was wrong, asks the authority, and answers.
package dna
