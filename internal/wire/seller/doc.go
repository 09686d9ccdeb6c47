// Package seller speaks KeyAuth's Seller API, by which a vendor's bots and shops work on one application: the contract is
// docs/contracts/keyauth.md §11, and a § in this package is a section of it. Where the package departs from it or had to
// guess stands in README.md.
//
// The package translates and decides nothing: package office answers, for the seller key as it does for people.
//
// A request passes [New]'s one handler: it reads the parameters (params.go), finds whose key it is and from where the key
// may be used, and hands both to the function that stands beside the request's type in the table (table.go). That
// function reads its parameters by name, asks the office, and ends with one of the answers of answer.go or list.go. What
// the office refuses is told in the type's own words where the contract has some, else in the office's.
package seller
