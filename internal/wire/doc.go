// Package wire is what the dialects share: the shape of a door, reading bodies, who is calling,
// request ids, the abuse brake, and the one way in which an error becomes an answer.
//
// # A door
//
// A dialect is a [Door]: a name, the surface it belongs to, a function that lists its routes, and
// a function that writes an error in the dialect's own words. Its handlers return errors; they
// neither log nor write them. [Door.Attach] wraps each handler once: it writes the returned error
// through the door, turns a panic into the door's own answer to a fault, and notes both on the
// [Exchange], from which the server writes the one log line of the request.
//
// # Errors
//
// A dialect owns one [ErrorTable] from license.Reason and license.Code to its own status, code
// and text. A licensing "no" is never a 5xx; that, and that no row is missing, is tested for each
// table.
//
// # What never reaches the log
//
// Bodies, keys and query strings. Paths are logged as the pattern that matched them, so what
// stands in a {wildcard} stays out as well.
package wire
