// Package testkit is what the tests of Licet share: fresh databases of both kinds, and more beside them. Only
// tests import it.
package testkit
