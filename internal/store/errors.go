package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"

	"licet/internal/license"
)

// lostError is a failure of the connection to PostgreSQL, not of a statement.
type lostError struct {
	cause   error
	unknown bool // it happened during the commit: the change may be there or not
}

func (e *lostError) Error() string {
	if e.unknown {
		return "connection lost during commit, outcome unknown: " + e.cause.Error()
	}
	return "connection lost: " + e.cause.Error()
}

func (e *lostError) Unwrap() error { return e.cause }

// classify gives an error of a driver its license error. What has one already, and what is no driver's error,
// stays as it is.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*license.Error](err); ok {
		return err
	}
	if e, ok := errors.AsType[*sqliteError](err); ok {
		return classifySQLite(e, err)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return classifyPostgres(e.Code, err)
	}
	if _, ok := errors.AsType[*lostError](err); ok {
		return because(license.StorageDown, err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return because(license.ServerBusy, err)
	}
	return err
}

// because is the refusal r with its cause for the log.
func because(r license.Reason, err error) error { return fmt.Errorf("%w: %w", license.Refuse(r), err) }

// textRefused is what no database keeps.
const textRefused = "the text holds bytes that are not allowed, or is too long"

func classifySQLite(e *sqliteError, err error) error {
	switch e.code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return license.Wrap(license.Conflict, "this exists already", err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return license.Wrap(license.Conflict, "something this needs is missing, or something still uses it", err)
	}
	if e.noSpace() {
		return because(license.StorageFull, err)
	}
	switch e.primary() {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return because(license.ServerBusy, err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PROTOCOL:
		return because(license.StorageDown, err)
	case sqlite3.SQLITE_TOOBIG:
		return license.Wrap(license.Invalid, textRefused, err)
	}
	return license.Wrap(license.Internal, "internal error", err)
}

func classifyPostgres(code string, err error) error {
	switch code {
	case "23505": // unique_violation
		return license.Wrap(license.Conflict, "this exists already", err)
	case "23503", "23001": // foreign_key_violation, restrict_violation
		return license.Wrap(license.Conflict, "something this needs is missing, or something still uses it", err)
	case "53100": // disk_full
		return because(license.StorageFull, err)
	case "40001", "40P01", "55P03", "53300", "57014": // serialization, deadlock, lock, connections, canceled
		return because(license.ServerBusy, err)
	case "22021", "22P05", "54000": // character_not_in_repertoire, untranslatable_character, program_limit_exceeded
		return license.Wrap(license.Invalid, textRefused, err)
	case "25006", "3D000": // read_only_sql_transaction (a standby), invalid_catalog_name
		return because(license.StorageDown, err)
	}
	switch code[:min(2, len(code))] {
	case "08", "28", "53", "57", "58", "F0", "XX": // connection, authorisation, resources, shutdown, system, corruption
		return because(license.StorageDown, err)
	}
	return license.Wrap(license.Internal, "internal error", err)
}

// fatal reports whether SQLite may have ended the transaction by itself, or cannot be trusted with it.
func fatal(err error) bool {
	e, ok := errors.AsType[*sqliteError](err)
	if !ok {
		return false
	}
	switch e.primary() {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CORRUPT,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_ABORT:
		return true
	}
	return false
}

// retryable reports whether PostgreSQL asks to try the whole transaction again.
func retryable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// isConstraint reports whether a constraint of the schema refused a row.
func isConstraint(err error) bool {
	if e, ok := errors.AsType[*sqliteError](err); ok {
		return e.primary() == sqlite3.SQLITE_CONSTRAINT
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && strings.HasPrefix(e.Code, "23")
}
