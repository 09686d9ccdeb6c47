package office

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"licet/internal/license"
)

// ImportFault is what is wrong with one row of a file.
type ImportFault struct {
	Row     int64  `json:"row"`             // from 1; the header of a CSV file is a row too
	Field   string `json:"field,omitempty"` // name of the column; "" is the row as a whole
	Message string `json:"message"`         // what is wrong, and what to do
}

// Error returns the fault in one line.
func (f *ImportFault) Error() string {
	text := "row " + strconv.FormatInt(f.Row, 10) + ": "
	if f.Field != "" {
		text += f.Field + ": "
	}
	return text + f.Message
}

func faultf(row int64, field, format string, args ...any) *ImportFault {
	return &ImportFault{Row: row, Field: field, Message: license.Invalidf("", format, args...).Message}
}

// faultOf is what err means for a row; field is where err does not say which.
func faultOf(row int64, field string, err error) *ImportFault {
	e := license.Describe(err)
	if e.Field != "" {
		field = e.Field
	}
	return faultf(row, field, "%s", e.Message)
}

const tooLong = "it has more than 64 KiB; take it out of the file, or shorten it"

// fieldNames are what people call the columns.
var fieldNames = [columns]string{
	colKey: "key", colExpiresAt: "expires_at", colDuration: "duration", colExpiryDuration: "expiry_duration", colExpiryUnit: "expiry_unit",
	colDays: "expiry", colLevel: "level", colNote: "note", colOrder: "order", colOrderStatus: "order_status", colCustomer: "customer",
	colStatus: "status", colStanding: "standing", colUsedAt: "used_at", colActivations: "activations", colMaxActivations: "max_activations",
	colMaxTransfers: "max_transfers", colMetadata: "metadata", colProduct: "product", colPolicy: "policy", colType: "type",
	colTrial: "trial", colPlan: "plan", colLock: "lock", colNotBefore: "not_before", colStartedAt: "started_at",
	colMaintainedUntil: "maintained_until",
}

// said is a value that a row may say.
type said[T comparable] struct {
	value T
	ok    bool
}

func say[T comparable](v T) said[T] { return said[T]{v, true} }

// pointer is nil for what is not said.
func (s said[T]) pointer() *T {
	if !s.ok {
		return nil
	}
	return &s.value
}

// rowTerms are what a row says about terms. Rows that say the same share their terms.
type rowTerms struct {
	policy      string // code, "" is none
	kind        license.Type
	trial       said[bool]
	level       said[int64]
	duration    said[license.Span]
	plan        license.Plan
	lock        license.Lock
	activations said[license.Limit]
	transfers   said[license.Limit]
	fixedEnd    bool
}

// importRow is a row that makes sense by itself.
type importRow struct {
	number          int64
	key, folded     string
	terms           rowTerms
	expiresAt       license.Time
	notBefore       license.Time
	startedAt       license.Time
	maintainedUntil license.Time
	usedAt          license.Time // 0 is not used
	banned          bool
	standing        license.Standing
	order           string
	pending         bool // the order is not paid
	customer        string
	note            string
	metadata        string
}

func (r *importRow) size() int {
	return len(r.key)*2 + len(r.order) + len(r.customer) + len(r.note) + len(r.metadata)
}

// rowMaker reads the cells of one row. It keeps the first fault.
type rowMaker struct {
	raw   *rawRow
	now   license.Time
	row   importRow
	fault *ImportFault
}

// readRow says what a row means. It knows nothing of what is stored.
func readRow(raw *rawRow, now license.Time) (*importRow, *ImportFault) {
	m := rowMaker{raw: raw, now: now, row: importRow{number: raw.number, standing: license.Enabled}}
	key := strings.TrimSpace(raw.cells[colKey])
	m.check(colKey, license.ValidKey(key))
	m.row.key, m.row.folded = key, license.FoldKey(key)
	m.row.expiresAt, m.row.notBefore = m.time(colExpiresAt, false), m.time(colNotBefore, false)
	m.row.startedAt, m.row.usedAt = m.time(colStartedAt, true), m.time(colUsedAt, true)
	m.row.maintainedUntil = m.time(colMaintainedUntil, false)
	m.readTerms()
	m.readStatus()
	m.readOrder()
	m.row.note, m.row.metadata = raw.cells[colNote], m.text(colMetadata)
	m.check(colNote, checkNote(m.row.note))
	m.check(colMetadata, checkMetadata(m.row.metadata))
	if m.fault != nil {
		return nil, m.fault
	}
	return &m.row, nil
}

// text returns a cell without blanks around it.
func (m *rowMaker) text(c column) string { return strings.TrimSpace(m.raw.cells[c]) }

// word returns a cell as one word, however people write it.
func (m *rowMaker) word(c column) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(m.text(c)))
}

// check keeps the fault of a cell, where there is one.
func (m *rowMaker) check(c column, err error) {
	if err != nil && m.fault == nil {
		m.fault = faultf(m.raw.number, fieldNames[c], "%s", license.Describe(err).Message)
	}
}

func (m *rowMaker) failf(c column, format string, args ...any) {
	m.check(c, license.Invalidf("", format, args...))
}

// time reads a date; 0 for none. A past one must not lie in the future.
func (m *rowMaker) time(c column, past bool) license.Time {
	text := m.text(c)
	if text == "" || strings.EqualFold(text, "never") {
		return 0
	}
	at, err := parseImportTime(text)
	switch {
	case err != nil || at < 0:
		m.failf(c, "%q is no date from 1970 on; write 2026-03-23, 2026-03-23T12:00:00Z or seconds since 1970", shortened(text))
	case past && at > m.now:
		m.failf(c, "%s has not come yet; write a date that has passed, or nothing", at)
	}
	return at
}

// parseImportTime also reads how spreadsheets write a time, in UTC, and the seconds since 1970 that KeyAuth counts.
func parseImportTime(text string) (license.Time, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) >= 9 && len(text) <= 11 && n > 0 {
		return license.TimeOf(time.Unix(n, 0)), nil
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil && license.TimeOf(at) != 0 {
			return license.TimeOf(at), nil
		}
	}
	return license.ParseTime(text)
}

// shortened is a text of others for a message.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

// number reads a whole number from 0.
func (m *rowMaker) number(c column) said[int64] {
	text := m.text(c)
	if text == "" {
		return said[int64]{}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		m.failf(c, "%s is too large a number; write one up to 9223372036854775807", shortened(text))
	case err != nil || n < 0:
		m.failf(c, "%q is no whole number from 0", shortened(text))
	}
	return say(n)
}

func (m *rowMaker) limit(c column) said[license.Limit] {
	if strings.EqualFold(m.text(c), license.Unlimited.String()) {
		return say(license.Unlimited)
	}
	n := m.number(c)
	return said[license.Limit]{license.AtMost(n.value), n.ok}
}

func (m *rowMaker) readTerms() {
	t := &m.row.terms
	t.policy = m.text(colPolicy)
	t.kind, t.lock, t.plan = license.Type(m.text(colType)), license.Lock(m.text(colLock)), license.Plan(m.text(colPlan))
	t.level, t.transfers = m.number(colLevel), m.limit(colMaxTransfers)
	if t.activations = m.limit(colActivations); m.raw.there[colMaxActivations] {
		t.activations = m.limit(colMaxActivations)
	}
	switch m.word(colTrial) {
	case "":
	case "true", "yes", "1":
		t.trial = say(true)
	case "false", "no", "0":
		t.trial = say(false)
	default:
		m.failf(colTrial, "write true or false")
	}
	t.duration = m.duration()
	if !t.duration.ok && t.kind != "" && t.plan == "" && m.raw.there[colDuration] {
		t.duration = say(license.Span{}) // An export that says all of the terms says thus that there is none.
	}
	t.fixedEnd = m.row.expiresAt != 0
}

// duration reads the ways to write one, of which a row has one at most.
func (m *rowMaker) duration() said[license.Span] {
	text, amount, unit, days := m.text(colDuration), m.text(colExpiryDuration), m.text(colExpiryUnit), m.text(colDays)
	switch {
	case text == "" && amount == "" && days == "":
		return said[license.Span]{} // A unit alone is how many export what does not end.
	case text != "" && amount != "":
		m.failf(colDuration, "write either duration or expiry_duration, not both")
	case text != "":
		return m.durationText(text)
	case days != "":
		span, err := license.SpanOfDays(days)
		if err != nil {
			m.failf(colDays, "%s; it counts days, more than 0 and at most 1000 years of them", license.Describe(err).Message)
		}
		return say(span)
	case unit == "":
		m.failf(colExpiryUnit, "write the unit of expiry_duration, such as days")
	default:
		n := m.number(colExpiryDuration)
		u, err := license.ParseUnit(unit)
		if m.check(colExpiryUnit, err); err != nil {
			return said[license.Span]{}
		}
		span, err := u.Span(n.value)
		m.check(colExpiryDuration, err)
		return say(span)
	}
	return said[license.Span]{}
}

func (m *rowMaker) durationText(text string) said[license.Span] {
	if strings.EqualFold(text, "none") || strings.EqualFold(text, "never") {
		return say(license.Span{})
	}
	span, err := license.ParseDuration(text)
	if err != nil {
		span, err = license.ParseSpan(text)
	}
	if err != nil {
		m.failf(colDuration, "%q is no duration; write 30d, 6m, 1y or 3600s, at most 1000 years, or none", shortened(text))
	}
	return say(span)
}

// readStatus reads both columns that tell how a license stands: one as people speak of it, and one of an export.
func (m *rowMaker) readStatus() {
	unused := false
	for _, c := range []column{colStanding, colStatus} {
		switch m.word(c) {
		case "", "enabled":
		case "notused", "unused":
			unused = true
		case "used":
			if m.row.usedAt == 0 {
				m.row.usedAt = m.now
			}
		case "banned":
			m.row.banned = true
		case "suspended":
			m.row.standing = license.Suspended
		case "revoked":
			m.row.standing = license.Revoked
		default:
			m.failf(c, "%q is no status; write not used, used, banned, suspended, revoked or enabled", shortened(m.text(c)))
		}
	}
	if unused && m.row.usedAt != 0 {
		m.failf(colStatus, "it says not used, but used_at says when it was; correct one of them")
	}
}

func (m *rowMaker) readOrder() {
	m.row.order = m.raw.cells[colOrder] // kept byte for byte
	if strings.TrimSpace(m.row.order) == "" {
		m.row.order = ""
	} else {
		m.check(colOrder, checkText("order", m.row.order, 1, 255))
	}
	switch license.OrderStatus(m.word(colOrderStatus)) {
	case "", license.OrderCompleted:
	case license.OrderPending:
		if m.row.pending = true; m.row.order == "" {
			m.failf(colOrder, "an order that is pending needs a name, so that it can be completed")
		}
	case license.OrderCancelled, license.OrderRefunded:
		m.row.standing = license.Revoked
	default:
		m.failf(colOrderStatus, "write pending, completed, cancelled or refunded")
	}
	if text := m.text(colCustomer); text != "" {
		email, err := license.CheckEmail("email", text)
		m.check(colCustomer, err)
		m.row.customer = email
	}
}
