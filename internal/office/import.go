package office

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// ImportFormat is how a file of licenses is written.
type ImportFormat string

// The closed list of formats; "" is found out from the beginning of the file.
const (
	ImportCSV         ImportFormat = "csv"          // with a header; what ExportLicenses writes, too
	ImportKeyAuth     ImportFormat = "keyauth"      // KeyAuth's JSON: an array of {key, level, expiry}, with the expiry in days
	ImportKeyAuthText ImportFormat = "keyauth-text" // KeyAuth's old text: KEY,LEVEL,DAYS|KEY,LEVEL,DAYS|…
)

// Import says which licenses to carry over from elsewhere. Source and Product are needed.
type Import struct {
	Source  io.Reader
	Size    int64        // bytes in Source, for the progress; 0 is unknown
	Format  ImportFormat // "" is found out
	Product string       // code, number or identity
	Policy  string       // code or identity: its terms hold where a row says nothing; "" is the one that a row names, else the default
	Order   string       // reference of the order of the rows that name none, a known one or a new one; "" makes an order for each transaction
	DryRun  bool         // do everything and keep nothing
}

// ImportDifference is a row whose license is there already, and is another one.
type ImportDifference struct {
	Row   int64  `json:"row"`
	Key   string `json:"key"`
	Field string `json:"field"` // level or duration
	There string `json:"there"` // what the license has
	File  string `json:"file"`  // what the row says
}

// ImportResult is what came of an import.
type ImportResult struct {
	Format      ImportFormat       `json:"format"`
	Rows        int64              `json:"rows"`           // with something in them, without a header
	Made        int64              `json:"made"`           // licenses; those that a bundle stands for are not counted
	Skipped     int64              `json:"skipped"`        // rows whose key is there already
	Different   int64              `json:"different"`      // differences among those
	Elsewhere   int64              `json:"other_products"` // rows that name another product
	Failed      int64              `json:"failed"`         // rows that were refused
	Errors      []ImportFault      `json:"errors"`         // the first 1000 of them
	Differences []ImportDifference `json:"differences"`    // the first 1000
	Warnings    []string           `json:"warnings"`       // about the file as a whole
	Order       string             `json:"order"`          // what the reference of each order that was made for them begins with; "" when none was
	DryRun      bool               `json:"dry_run"`
}

const (
	maxImportList  = 1000       // faults and differences that are kept
	importBatch    = 1000       // licenses of one transaction
	importBytes    = 4 << 20    // and text of their rows
	maxImportSeen  = 10_000_000 // keys that a dry run remembers
	importBlocked  = "imported as banned"
	importPolicies = 1000 // policies that are remembered by their codes
	peekSize       = 4096 // bytes of a file that are looked at to know what it is
)

// ImportLicenses makes licenses of a file, a thousand in a transaction. The file may be of any size: it is read row by row.
// A row that is refused leaves the others as they are asked for. A key that the product has already is skipped, in any
// letter case, and its license stays as it is; so an import that was interrupted goes on when it is made again.
//
// Every license has one order: the one that its row names, else the one of in, else one that all of its transaction
// share, so that an order stays of a size that can be cancelled. progress, when given, hears after each transaction of the
// rows so far, and about how many there are in all, 0 when unknown.
//
// The result counts what is kept also where there is an error: then the rest of the file was not looked at. It refuses
// with product_disabled and product_archived, as Invalid what is no such file, a product without keys, and a policy or an
// order that cannot be; with Conflict an order that was cancelled.
func (o *Office) ImportLicenses(ctx context.Context, actor identity.Actor, in Import, progress func(done, total int64)) (ImportResult, error) {
	result := ImportResult{DryRun: in.DryRun, Errors: []ImportFault{}, Differences: []ImportDifference{}, Warnings: []string{}}
	if err := may(actor, identity.WriteLicenses); err != nil {
		return result, err
	}
	i := &importer{o: o, actor: actor, in: in, result: &result, policies: map[string]*license.Policy{}, madeTerms: map[termsFor]*license.Terms{}}
	if err := i.prepare(ctx); err != nil {
		return result, err
	}
	counted := &countingReader{from: in.Source}
	rows, err := openImport(counted, &i.result.Format, in.Format)
	if err != nil {
		return result, err
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	err = i.run(ctx, rows, func() { progress(result.Rows, counted.guess(result.Rows, in.Size)) })
	result.Warnings = append(append(result.Warnings, rows.warnings()...), i.warnings()...)
	slices.SortStableFunc(result.Errors, func(a, b ImportFault) int { return int(a.Row - b.Row) })
	if err == nil && result.Rows > 0 && result.Elsewhere == result.Rows {
		err = license.Invalidf("product", "every row of the file is of another product (%s); name that with --product, or take the column product out",
			strings.Join(i.others, ", "))
	}
	return result, err
}

// importer is an import on its way.
type importer struct {
	o      *Office
	actor  identity.Actor
	in     Import
	result *ImportResult

	kinds     []importKind // the product, and those that it stands for where it is a bundle
	policies  map[string]*license.Policy
	madeTerms map[termsFor]*license.Terms
	reference string // what the orders made for it are called
	orders    int    // how many of those there are
	batch     []importRow
	bytes     int      // of the rows in batch
	others    []string // products that rows name
	missing   []string // policies that rows name
	seed      maphash.Seed
	seen      map[uint64]struct{} // keys of a dry run
}

// importKind is one of the products that each row makes a license of.
type importKind struct {
	product Product
	policy  license.Policy
	fields  string
}

// prepare finds product, policy and order.
func (i *importer) prepare(ctx context.Context) error {
	reference, err := license.NewReference(i.o.d.Rand)
	if err != nil {
		return err
	}
	i.reference = "import-" + strings.TrimPrefix(reference, "ord-")
	i.seed, i.seen = maphash.MakeSeed(), map[uint64]struct{}{}
	return patiently(ctx, i.o.d.Store.Read, func(tx *store.Tx) error {
		p, err := findProduct(tx, i.actor, i.in.Product)
		if err != nil {
			return err
		}
		if p.Auth == license.ByUser {
			return license.Invalidf("product", "the licenses of %s have no keys: its users sign in; make them with licet license create", p.Code)
		}
		policy, err := findPolicy(tx, &p, i.in.Policy)
		if err != nil {
			return err
		}
		if policy.Archived {
			return &license.Error{Code: license.Conflict, Field: "policy", Message: "the policy " + policy.Code + " is archived"}
		}
		if err := i.addKind(p, policy); err != nil {
			return err
		}
		if p.Bundle {
			if err := i.addParts(tx, &p); err != nil {
				return err
			}
		}
		return i.checkOrder(tx)
	})
}

func (i *importer) addKind(p Product, policy license.Policy) error {
	fields, err := license.FillFields(p.Fields, nil)
	i.kinds = append(i.kinds, importKind{product: p, policy: policy, fields: fields})
	return err
}

func (i *importer) addParts(tx *store.Tx, bundle *Product) error {
	items, err := tx.BundleItems(bundle.Tenant, bundle.ID)
	if err != nil {
		return err
	}
	for _, item := range items {
		policy, err := tx.FindDefaultPolicy(item.Product.Tenant, item.Product.ID)
		if item.Policy != 0 {
			policy, err = tx.FindPolicy(item.Product.Tenant, item.Policy)
		}
		if err == nil {
			err = i.addKind(item.Product, policy)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkOrder refuses an order that takes no licenses.
func (i *importer) checkOrder(tx *store.Tx) error {
	if i.in.Order == "" {
		return nil
	}
	if err := checkText("order", i.in.Order, 1, 255); err != nil {
		return err
	}
	order, err := tx.FindOrderByReference(i.actor.Tenant, i.in.Order)
	switch {
	case license.CodeOf(err) == license.NotFound:
		return nil
	case err != nil:
		return err
	}
	return takesLicenses(&order)
}

func takesLicenses(order *license.Order) error {
	if order.Status == license.OrderCancelled || order.Status == license.OrderRefunded {
		return &license.Error{Code: license.Conflict, Field: "order",
			Message: fmt.Sprintf("the order %s is %s; it takes no new licenses, name another", shortened(order.Reference), order.Status)}
	}
	return nil
}

// run reads all rows.
func (i *importer) run(ctx context.Context, rows rowReader, tell func()) error {
	for {
		raw, err := rows.next()
		if fault, ok := errors.AsType[*ImportFault](err); ok {
			i.result.Rows++
			i.fail(*fault)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil {
			i.add(raw)
		}
		if atEnd := err != nil; atEnd || i.full() {
			if err := i.flush(ctx); err != nil {
				return err
			}
			if tell(); atEnd {
				return nil
			}
		}
	}
}

// add puts a row into the batch.
func (i *importer) add(raw *rawRow) {
	i.result.Rows++
	if product := strings.TrimSpace(raw.cells[colProduct]); !i.isOurs(product) {
		i.result.Elsewhere++
		i.others = appendName(i.others, product)
		return
	}
	row, fault := readRow(raw, i.o.d.Now())
	switch {
	case fault != nil:
		i.fail(*fault)
	case i.in.DryRun && i.wasSeen(row.folded):
		i.result.Skipped++
	default:
		i.batch, i.bytes = append(i.batch, *row), i.bytes+row.size()
	}
}

func (i *importer) isOurs(product string) bool {
	p := &i.kinds[0].product
	return product == "" || strings.EqualFold(product, p.Code) || product == strconv.FormatInt(p.Number, 10) ||
		product == strconv.FormatInt(int64(p.ID), 10)
}

// wasSeen reports whether a dry run has come across a key in a transaction before. What is taken back cannot say.
func (i *importer) wasSeen(folded string) bool {
	_, seen := i.seen[maphash.String(i.seed, folded)]
	return seen
}

// remember keeps the keys of the batch for wasSeen: 64 bits of each.
func (i *importer) remember() {
	for n := range i.batch {
		if len(i.seen) < maxImportSeen {
			i.seen[maphash.String(i.seed, i.batch[n].folded)] = struct{}{}
		}
	}
}

func (i *importer) full() bool {
	return len(i.batch) >= max(importBatch/len(i.kinds), 1) || i.bytes >= importBytes
}

func (i *importer) fail(faults ...ImportFault) {
	i.result.Failed += int64(len(faults))
	i.result.Errors = append(i.result.Errors, faults[:min(len(faults), maxImportList-len(i.result.Errors))]...)
}

func (i *importer) warnings() (list []string) {
	if len(i.others) > 0 {
		list = append(list, fmt.Sprintf("%d rows are of other products and were left out: %s; import the file again for each, or take the column product out",
			i.result.Elsewhere, strings.Join(i.others, ", ")))
	}
	if len(i.missing) > 0 {
		list = append(list, fmt.Sprintf("%s has no policies of these codes that are in use, so their rows got the terms of %s where they say nothing: %s",
			i.kinds[0].product.Code, i.kinds[0].policy.Code, strings.Join(i.missing, ", ")))
	}
	if len(i.seen) >= maxImportSeen {
		list = append(list, fmt.Sprintf("the dry run looked for keys that are twice in the file among the first %d only", maxImportSeen))
	}
	return list
}

// openImport begins to read a file.
func openImport(source io.Reader, format *ImportFormat, asked ImportFormat) (rowReader, error) {
	in := bufio.NewReaderSize(source, maxImportRow)
	head, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\ufeff")):
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, license.Invalidf("file", "it is UTF-16; save it as UTF-8")
	}
	if *format = asked; asked == "" {
		if *format, err = guessFormat(in); err != nil {
			return nil, err
		}
	}
	switch *format {
	case ImportCSV:
		return newCSVReader(in)
	case ImportKeyAuth:
		return newKeyAuthReader(in), nil
	case ImportKeyAuthText:
		return newKeyAuthTextReader(in), nil
	}
	return nil, license.Invalidf("format", "the format is %s, %s or %s", ImportCSV, ImportKeyAuth, ImportKeyAuthText)
}

// guessFormat finds out what a file is. What looks like nothing counts as CSV: its reader says best what is missing.
func guessFormat(in *bufio.Reader) (ImportFormat, error) {
	head, err := in.Peek(peekSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	head = bytes.TrimSpace(head)
	if bytes.HasPrefix(head, []byte("[")) || bytes.HasPrefix(head, []byte("{")) {
		return ImportKeyAuth, nil
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	for _, name := range strings.FieldsFunc(string(line), func(r rune) bool { return strings.ContainsRune(",;\t\"", r) }) {
		if place, known := importColumns[normalName(name)]; known && place == colKey {
			return ImportCSV, nil
		}
	}
	first, _, _ := strings.Cut(string(line), "|")
	_, level, days, ok := splitKeyAuthText(strings.TrimSpace(first))
	if _, err := strconv.ParseFloat(level, 64); ok && err == nil {
		if _, err := strconv.ParseFloat(days, 64); err == nil {
			return ImportKeyAuthText, nil
		}
	}
	return ImportCSV, nil
}

// countingReader counts what was read of a file.
type countingReader struct {
	from io.Reader
	n    int64
}

// Read reads.
func (r *countingReader) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	r.n += int64(n)
	return n, err
}

// guess returns how many rows a file of a size may have, judged by those read so far; 0 when that is unknown.
func (r *countingReader) guess(rows, size int64) int64 {
	if size <= 0 || r.n <= 0 {
		return 0
	}
	return max(int64(float64(rows)/float64(r.n)*float64(size)), rows)
}
