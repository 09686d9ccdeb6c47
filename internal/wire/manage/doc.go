// Package manage is the door of the native API for vendors' servers: everything that the command line and the pages can do for a
// tenant. Each file holds what can be asked about one kind of thing: the types of its requests and answers, and the operations.
// No rule stands here; package office decides.
package manage
