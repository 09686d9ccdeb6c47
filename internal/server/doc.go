// Package server opens the addresses Licet listens on and puts the doors behind them.
//
// # Surfaces and addresses
//
// A surface (license, manage, portal, inbound) answers on its own addresses, or on the shared ones
// where it has none, and only for its own host names where it has some. All that answers on one
// address for one host shares one mux, so every route of every door must coexist with all others;
// New says so where they do not. What is not served is a 404 in JSON, never somebody else's page.
//
// # The life of a server
//
// [New] checks the settings, [Server.Listen] opens every address, [Server.Run] serves until its
// context ends, then drains: /readyz turns to 503, listeners close, requests in flight get up to
// DrainTimeout, what is left is cut.
//
// # Outside the mux
//
// Each request gets an id, its client's address, a bound on its body, a recovered panic, one log
// line and its place in the metrics. What a dialect does itself, it does inside its door.
package server
