// Package store keeps everything Licet knows, in an embedded SQLite file or in PostgreSQL, with one
// SQL text for both.
//
// # Transactions
//
// [Store.Read] runs single statements, [Store.Snapshot] gives one consistent view, [Store.Write]
// changes things and is durable when it returns nil. A function given to Write may run more than
// once and touches nothing but its [Tx]. A change locks by writing: its first statement updates the row
// it decides about, so that limits hold under races on both databases and over many replicas.
//
// # Two engines
//
// On SQLite one writer takes all waiting changes into one transaction, and commits
// once with a full fsync: a failing change takes nothing but itself back. Readers have connections of
// their own and never wait for the writer. On PostgreSQL two transactions of changes run at once, and whoever begins one takes along the
// changes that wait; statements whose result is not needed travel together with the next one that answers.
//
// # Errors
//
// What leaves this package is a [license.Error] or wraps one: Conflict for a taken name, Unavailable
// with StorageFull, StorageDown or ServerBusy when the database cannot serve now, Invalid for text no
// database can hold. Driver errors are told apart by code, never by text. An error always means
// that nothing of the change is kept, with one exception: when the connection to PostgreSQL is lost during
// the commit itself nobody knows, and the answer is Unavailable, never success.
//
// # SQL
//
// Columns are TEXT, BIGINT, INTEGER, BOOLEAN, BYTEA and DOUBLE PRECISION; times are BIGINT microseconds;
// placeholders are $1…$n; sums are CAST to BIGINT. See migrations/.
package store
