package manage

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

type exportLicenses struct {
	From string `query:"from" maxLength:"40" doc:"The first day (UTC) on which they were created; absent is the beginning." example:"2026-01-01"`
	To   string `query:"to" maxLength:"40" doc:"The last day, that day included; absent is today." example:"2026-03-31"`
}

// Import is a file of licenses, and what they are to be.
type Import struct {
	Product string              `json:"product" minLength:"1" doc:"Code, number or identity. It must have keys." example:"my-app"`
	Policy  string              `json:"policy,omitempty" doc:"Code or identity: its terms hold where a row says nothing. Absent is the one that a row names, else the default." example:"pro"`
	Order   string              `json:"order,omitempty" maxLength:"255" doc:"Reference of the order of the rows that name none. Absent makes an order for each thousand."`
	Format  office.ImportFormat `json:"format,omitempty" enum:"csv,keyauth,keyauth-text" doc:"Absent is found out."`
	Text    string              `json:"text" minLength:"1" doc:"The file itself." example:"key,duration\nAPP-OLD1,12mo\n"`
}

// ImportResult is what came of an import.
type ImportResult struct {
	Format      office.ImportFormat `json:"format" enum:"csv,keyauth,keyauth-text"`
	Rows        int64               `json:"rows" doc:"With something in them, without a header." example:"1"`
	Made        int64               `json:"made" doc:"Licenses." example:"1"`
	Skipped     int64               `json:"skipped" doc:"Rows whose key is there already; its license stays as it is." example:"0"`
	Different   int64               `json:"different" doc:"Differences among those." example:"0"`
	Elsewhere   int64               `json:"other_products" doc:"Rows that name another product, and were left out." example:"0"`
	Failed      int64               `json:"failed" doc:"Rows that were refused." example:"0"`
	Errors      []ImportFault       `json:"errors" nullable:"false" doc:"The first 1000 of them."`
	Differences []ImportDifference  `json:"differences" nullable:"false" doc:"The first 1000."`
	Warnings    []string            `json:"warnings" nullable:"false" doc:"About the file as a whole."`
	Order       string              `json:"order,omitempty" doc:"What the reference of each order begins with that was made."`
}

// ImportFault is what is wrong with a row.
type ImportFault struct {
	Row    int64  `json:"row" doc:"From 1; a header is a row, too." example:"2"`
	Field  string `json:"field,omitempty" doc:"The column; absent is the row as a whole." example:"duration"`
	Detail string `json:"detail"`
}

// ImportDifference is a row whose license is there already, and is another one.
type ImportDifference struct {
	Row   int64  `json:"row" example:"2"`
	Key   string `json:"key" example:"APP-OLD1"`
	Field string `json:"field" enum:"level,duration"`
	There string `json:"there" doc:"What the license has."`
	File  string `json:"file" doc:"What the row says."`
}

type importLicenses struct{ Body Import }

func addLicenseFiles(a *api.API) {
	api.Stream(a, with(op(licensesTag, "exportLicenses", http.MethodGet, "/licenses/export", "Export licenses as CSV", identity.ReadLicenses),
		describedAs("The oldest first, with a header, in UTF-8 (RFC 4180). An answer that ends early is not complete: the connection is cut."),
		func(o *api.Operation) { o.Media = "text/csv" }),
		func(ctx context.Context, c *api.Call, w http.ResponseWriter, in *exportLicenses) error {
			from, err := timeOf("from", in.From)
			if err != nil {
				return err
			}
			to, err := timeOf("to", in.To)
			if err != nil {
				return err
			}
			out := &download{to: w, header: w.Header(), media: "text/csv; charset=utf-8", name: "licenses.csv"}
			return c.Office.ExportLicenses(ctx, c.Actor, out, from, to, func(int) { prolong(w) })
		})
	api.Add(a, with(op(licensesTag, "importLicenses", http.MethodPost, "/licenses/import", "Import licenses", identity.WriteLicenses), destroys,
		describedAs("CSV as exports have it, or what KeyAuth exports. A row that is refused leaves the others as they are asked for, and one whose key is there is skipped: what was cut off goes on when it is sent again. A large file is sent in parts.")),
		func(ctx context.Context, c *api.Call, in *importLicenses) (ImportResult, error) {
			b := &in.Body
			r, err := c.Office.ImportLicenses(ctx, c.Actor, office.Import{
				Source: strings.NewReader(b.Text), Size: int64(len(b.Text)), Format: b.Format, Product: b.Product, Policy: b.Policy,
				Order: b.Order, DryRun: c.DryRun,
			}, nil)
			return viewImport(&r), err
		})
}

// timeOf reads a time of the address; "" is 0.
func timeOf(name, text string) (license.Time, error) {
	if text == "" {
		return 0, nil
	}
	t, err := license.ParseTime(text)
	if err != nil {
		return 0, license.Invalidf(name, "a time is written like 2026-03-23 or 2026-03-23T12:00:00Z")
	}
	return t, nil
}

// stalled is how long a client may take over the next part of a long answer.
const stalled = time.Minute

// prolong gives the client time for the next part: a long file takes longer than any answer may.
func prolong(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(stalled)) // Where there is no deadline, none is moved.
}

// download is an answer that is a file. Its headers are set with its first part, so that an error before that is answered as usual.
type download struct {
	to     io.Writer
	header http.Header
	media  string
	name   string
	begun  bool
}

// Write writes.
func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.header.Set("Content-Type", d.media)
		d.header.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
		d.header.Set("Cache-Control", "no-store")
	}
	return d.to.Write(b)
}

func viewImport(r *office.ImportResult) ImportResult {
	v := ImportResult{
		Format: r.Format, Rows: r.Rows, Made: r.Made, Skipped: r.Skipped, Different: r.Different, Elsewhere: r.Elsewhere, Failed: r.Failed,
		Errors: make([]ImportFault, len(r.Errors)), Differences: make([]ImportDifference, len(r.Differences)), Warnings: r.Warnings, Order: r.Order,
	}
	for i, f := range r.Errors {
		v.Errors[i] = ImportFault{f.Row, f.Field, f.Message}
	}
	for i, d := range r.Differences {
		v.Differences[i] = ImportDifference(d)
	}
	return v
}
