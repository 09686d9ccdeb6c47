package platform

import (
	"fmt"
	"net/url"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licenseGallery are the list of licenses and the pages around it.
func licenseGallery() []specimen {
	list := galleryLicensesView()
	reader := galleryLicensesView()
	reader.canWrite = false
	reader.columns = licensesColumnList[:]
	narrowed := galleryLicensesView()
	narrowed.values = url.Values{"q": {"ACME"}, "used": {"yes"}, "customer": {hostile}, "sort": {"expires"}}
	narrowed.sort, narrowed.narrowed, narrowed.back, narrowed.begun = office.SortExpiry, true, base+"/licenses", true
	nothing := galleryLicensesView()
	nothing.rows, nothing.next, nothing.narrowed, nothing.values = nil, "", true, url.Values{"q": {"zzz"}}
	stretch := galleryLicensesView()
	stretch.rows, stretch.narrowed, stretch.values = nil, true, url.Values{"note": {"birthday"}}
	wrong := galleryLicensesView()
	wrong.rows, wrong.next, wrong.values, wrong.narrowed = nil, "", url.Values{"customer": {"nobody@example.com"}}, true
	wrong.faults = web.Faults{"customer": "No such customer."}
	empty := galleryLicensesView()
	empty.rows, empty.next, empty.products = nil, "", nil
	all := []specimen{
		{name: "licenses", title: "Licenses", body: licensesPage(list)},
		{name: "licenses-reader", title: "Licenses", body: licensesPage(reader)},
		{name: "licenses-narrowed", title: "Licenses", body: licensesPage(narrowed)},
		{name: "licenses-nothing", title: "Licenses", body: licensesPage(nothing)},
		{name: "licenses-stretch", title: "Licenses", body: licensesPage(stretch)},
		{name: "licenses-wrong", title: "Licenses", body: licensesPage(wrong)},
		{name: "licenses-empty", title: "Licenses", body: licensesPage(empty)},
	}
	for _, k := range bulkActions() {
		all = append(all, specimen{name: "licenses-bulk-" + string(k.name), title: k.page, body: licensesBulkPage(galleryBulk(k))})
	}
	extend, _ := bulkExtend.kind()
	result := galleryBulk(extend)
	result.undo = &web.Undo{Label: "Undo", Action: base + "/licenses/bulk/do"}
	fault := galleryBulk(extend)
	fault.duration, fault.faults = "-1", web.Faults{"duration": "A duration is more than nothing."}
	all = append(
		all,
		specimen{name: "licenses-bulk-result", title: extend.page, body: licensesBulkResult(result)},
		specimen{name: "licenses-bulk-wrong", title: extend.page, body: licensesBulkPage(fault)},
	)
	return append(append(all, newLicensesGallery()...), importGallery()...)
}

func galleryProducts() []office.Product {
	return []office.Product{
		{Product: license.Product{ID: 1, Code: "studio", Name: "Acme Studio"}},
		{Product: license.Product{ID: 2, Code: "render", Name: hostile}},
	}
}

// galleryRows are licenses in all the states there are.
func galleryRows() []licensesRow {
	perpetual, year := license.DefaultTerms(), license.DefaultTerms()
	year.Type, year.Duration, year.Activations = license.TimeLimited, license.Span{Months: 12}, license.AtMost(5)
	trial := year
	trial.Trial, trial.Duration = true, license.Span{Seconds: 14 * 86400}
	unlimited := perpetual
	unlimited.Activations, unlimited.Level = license.Unlimited, 12
	row := func(n int, l license.License, note string) licensesRow {
		l.ID, l.Product, l.Order, l.IssuedAt = license.LicenseID(10+n), 1, 3, day(-n*9)
		if l.Standing == "" {
			l.Standing = license.Enabled
		}
		return licensesRow{
			LicenseRecord: license.LicenseRecord{License: l, Note: note, CreatedBy: "ann@example.com"},
			product:       "studio", policy: "standard", order: fmt.Sprintf("ord-20%02d", n), expired: l.IsExpired(galleryNow),
		}
	}
	rows := []licensesRow{
		row(1, license.License{Key: "ACME-7QK2-M4XD-91TB", Terms: &year, FirstUsedAt: day(-80), ExpiresAt: day(285), Activated: 2}, "Ann's studio"),
		row(2, license.License{Key: "ACME-PPLZ-0VTS-KK3E", Terms: &year}, ""),
		row(3, license.License{Key: "ACME-XH4J-22WM-QQ8R", Terms: &year, FirstUsedAt: day(-400), ExpiresAt: day(-35), Activated: 5}, "renewal offered on 1 March, by phone, and again by mail"),
		row(4, license.License{Key: "ACME-K9TT-7FFD-0MZA", Terms: &perpetual, FirstUsedAt: day(-7), Standing: license.Suspended, Activated: 1}, "charge-back"),
		row(5, license.License{Key: "ACME-B2VC-LL5N-R1YW", Terms: &perpetual, Standing: license.Revoked}, ""),
		row(6, license.License{Key: "ACME-5EED-UU1O-3KPX", Terms: &year, FirstUsedAt: day(-50), RedemptionBlocked: true, ExpiresAt: day(300)}, hostile),
		row(7, license.License{Key: "ACME-TRYM-EEEE-0001", Terms: &trial, FirstUsedAt: day(-20), ExpiresAt: day(-6)}, ""),
		row(8, license.License{Key: "ACME-1NVO-ICE0-PEND", Terms: &unlimited, Withheld: true}, "waits for the bank"),
		row(9, license.License{Key: strings.Repeat("LONG-", 13) + "KEY", Terms: &perpetual, RedemptionBlocked: true, Standing: license.Suspended, ExpiresAt: day(-1), FirstUsedAt: day(-30)}, strings.Repeat("a long note ", 20)),
	}
	rows[0].Customer, rows[0].customer, rows[0].holder, rows[0].seen = 5, "ann.buyer@example.com", "ann", day(0).Add(-3*3600e9)
	rows[2].Customer, rows[2].customer = 6, "purchasing.department@a-company-with-a-long-name.example"
	rows[5].Customer, rows[5].customer, rows[5].holder = 7, hostile, hostile
	return rows
}

func galleryLicensesView() *licensesView {
	return &licensesView{
		values: url.Values{}, path: base + "/licenses", sort: office.SortNewest, columns: usualLicensesColumns(), rows: galleryRows(),
		next: base + "/licenses?cursor=nc11", products: galleryProducts(), canWrite: true, canUsers: true, month: monthOf(galleryNow),
	}
}

// galleryBulk is the preview of an action on licenses of which one is refused and one stays as it is.
func galleryBulk(k bulkKind) *bulkView {
	b := &bulkView{bulkForm: bulkForm{kind: k, duration: "30", unit: "days", reason: hostile}, canUsers: true, changed: 3, unchanged: 1, refusals: 2}
	texts := []string{"The license is used; extend its user instead.", "", "", k.nothing, "", "No license has this key."}
	for i, row := range galleryRows()[:6] {
		r := bulkRow{id: row.ID, record: row.LicenseRecord, text: web.Sentence(texts[i]), refused: i == 0 || i == 5}
		if i == 5 {
			r.record = license.LicenseRecord{}
		}
		if r.changed = texts[i] == ""; r.changed {
			r.text = web.Sentence(k.will)
		}
		b.rows = append(b.rows, r)
	}
	return b
}

func newLicensesGallery() []specimen {
	weeks := license.DefaultTerms()
	weeks.Type, weeks.Duration, weeks.Level = license.TimeLimited, license.Span{Seconds: 5 * 604800}, 2
	form := func() *newLicensesForm {
		f := &newLicensesForm{
			product: "studio", amount: "100", mask: "ACME-****-****-****", lowercase: true, uppercase: true, level: "2", expiryUnit: "weeks", expiryDuration: "5",
			products: galleryProducts(),
			preview: &newLicensesPreview{
				product: galleryProducts()[0], amount: 100, keys: []string{"ACME-7qK2-M4xD-91tB", "ACME-PpLz-0VtS-kK3e", "ACME-Xh4J-22wM-QQ8r", "ACME-k9Tt-7fFd-0MzA", "ACME-B2vC-lL5n-R1yW"},
				record: license.LicenseRecord{License: license.License{Terms: &weeks}},
			},
		}
		for _, p := range f.products {
			f.policies = append(f.policies, newLicensesPolicies{p, []license.Policy{{ID: 21, Code: "standard", Name: "Standard"}, {ID: 22, Code: "pro", Name: hostile}}})
		}
		return f
	}
	wrong := form()
	wrong.mask, wrong.note, wrong.order, wrong.metadata = "FIXED", hostile, hostile, "{"
	wrong.preview = &newLicensesPreview{product: wrong.products[0], field: "mask", fault: `The mask "FIXED" has no *, so it gives one key only; ask for one, or add more *.`}
	made := &madeView{
		made: madeLicenses{product: 1, order: 3, from: 1, until: 1, amount: 2500}, product: galleryProducts()[0],
		order: license.Order{ID: 3, Reference: hostile, Status: license.OrderPending},
	}
	for i := range shownKeys {
		made.licenses = append(made.licenses, license.LicenseRecord{License: license.License{Key: fmt.Sprintf("ACME-%04d-PPLZ-0VTS", i), Terms: &weeks}})
	}
	few := *made
	few.licenses, few.made.amount, few.order = made.licenses[:1], 1, license.Order{ID: 3, Reference: "ord-7KQM-22XD-PPLZ-0VTS", Status: license.OrderCompleted}
	return []specimen{
		{name: "licenses-new", title: "New licenses", body: newLicensesPage(form(), nil)},
		{name: "licenses-new-wrong", title: "New licenses", body: newLicensesPage(wrong, web.Faults{"mask": wrong.preview.fault, "metadata": "That is no JSON."})},
		{name: "licenses-new-no-product", title: "New licenses", body: newLicensesPage(&newLicensesForm{}, nil)},
		{name: "licenses-made", title: "New licenses", body: licensesMadePage(made)},
		{name: "licenses-made-one", title: "New licenses", body: licensesMadePage(&few)},
	}
}

func importGallery() []specimen {
	report := func(dry bool) *importReport {
		return &importReport{ImportResult: office.ImportResult{
			Format: office.ImportCSV, Rows: 1204, Made: 1190, Skipped: 9, Different: 1, Failed: 2, Elsewhere: 3, DryRun: dry, Order: "import-7KQM",
			Errors: []office.ImportFault{
				{Row: 17, Field: "duration", Message: `"soon" is no duration; write 30d, 6m, 1y or 3600s, at most 1000 years, or none`},
				{Row: 203, Field: "", Message: hostile},
			},
			Differences: []office.ImportDifference{{Row: 40, Key: "ACME-7QK2-M4XD-91TB", Field: "level", There: "1", File: "2"}},
			Warnings:    []string{"the column hwid is not read"},
		}}
	}
	job := func(kind string, state office.JobState) *jobView {
		return &jobView{job: office.Job{ID: 5, Kind: kind, State: state, Done: 412, Total: 1204}, ready: true}
	}
	checked, imported, gone, failed := job(jobCheck, office.JobDone), job(jobImport, office.JobDone), job(jobCheck, office.JobDone), job(jobImport, office.JobFailed)
	checked.report, imported.report, gone.report, gone.ready = report(true), report(false), report(true), false
	imported.report.Stopped = "The server's disk is full; nothing was changed."
	failed.job.Result = "the file is empty"
	form := &importForm{product: "studio", products: galleryProducts()}
	all := []specimen{
		{name: "licenses-import", title: "Import licenses", body: importPage(form, nil)},
		{name: "licenses-import-wrong", title: "Import licenses", body: importPage(form, web.Faults{"file": "Choose a file."})},
	}
	for name, j := range map[string]*jobView{
		"running": job(jobImport, office.JobRunning), "waiting": job(jobCheck, office.JobWaiting), "checked": checked, "done": imported, "gone": gone,
		"failed": failed, "lost": job(jobImport, office.JobLost), "created": job(jobCreate, office.JobDone),
	} {
		all = append(all, specimen{name: "licenses-import-" + name, title: j.title(), body: jobPage(j)})
	}
	return all
}
