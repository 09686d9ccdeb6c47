package platform

import (
	"net/url"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licenseRoutes are the list of licenses, their creation and their export.
func (p *Platform) licenseRoutes() []route {
	const read, write = identity.ReadLicenses, identity.WriteLicenses
	return []route{
		{pattern: "GET /licenses", needs: read, page: (*visit).licenses},
		{pattern: "POST /licenses/columns", needs: read, page: (*visit).chooseLicenseColumns},
		{pattern: "GET /licenses/export", needs: read, page: (*visit).exportLicenses},

		{pattern: "POST /licenses/bulk", needs: write, page: (*visit).licensesBulk},
		{pattern: "GET /licenses/bulk", needs: write, page: (*visit).licensesBulk},
		{pattern: "POST /licenses/bulk/do", needs: write, page: (*visit).licensesBulkDo},
		{pattern: "GET /licenses/bulk/do", needs: read, page: (*visit).toLicenses},

		{pattern: "GET /licenses/new", needs: write, page: (*visit).newLicenses},
		{pattern: "POST /licenses/new", needs: write, page: (*visit).createLicenses},
		{pattern: "GET /licenses/new/preview", needs: write, page: (*visit).previewLicenses},
		{pattern: "GET /licenses/made", needs: read, page: (*visit).licensesMade},
		{pattern: "GET /licenses/made/keys", needs: read, page: (*visit).licensesMadeKeys},

		{pattern: "GET /licenses/import", needs: write, page: (*visit).importLicenses},
		{pattern: "POST /licenses/import", needs: write, page: (*visit).checkLicenseImport, large: true},
		{pattern: "GET /licenses/import/template", needs: write, page: (*visit).licenseImportTemplate},
		{pattern: "POST /licenses/import/start", needs: write, page: (*visit).startLicenseImport},
		{pattern: "GET /licenses/import/start", needs: read, page: (*visit).toLicenses},
		{pattern: "GET /licenses/jobs", needs: read, page: (*visit).licensesJob},
	}
}

// toLicenses is where somebody gets who opens, as a page, what only forms are sent to.
func (v *visit) toLicenses() error { return v.redirect("/licenses") }

// licensesView is what the list shows.
type licensesView struct {
	values   url.Values // what was asked for
	path     string     // path and query of this page
	sort     office.LicenseSort
	columns  []licensesColumn // that are shown, besides the key
	rows     []licensesRow
	back     string // address of the page before; "" is none
	next     string
	products []office.Product
	policies []license.Policy // of the chosen product
	faults   web.Faults
	narrowed bool // a filter is set
	begun    bool // this is not the first page
	canWrite bool
	canUsers bool // may drop users
	month    [2]license.Time
}

// licensesRow is a license with the names of what it belongs to, as far as a column shows them.
type licensesRow struct {
	license.LicenseRecord
	product, policy, customer, order, holder string
	expired                                  bool
	seen                                     license.Time
}

// licensesFilters are the fields of the filter form.
var licensesFilters = [...]string{"q", "product", "policy", "used", "standing", "expired", "banned", "customer", "order", "user", "note", "from", "until"}

// licenses lists them.
func (v *visit) licenses() error {
	view := &licensesView{
		values: v.input.Values, path: v.URL.RequestURI(), sort: office.LicenseSort(v.input.Text("sort")), columns: v.licensesColumns(),
		canWrite: v.can(identity.WriteLicenses), canUsers: v.can(identity.WriteCustomers), begun: v.input.Text("cursor") != "",
	}
	if view.sort == "" {
		view.sort = office.SortNewest
	}
	view.month = monthOf(v.p.d.Now())
	for _, name := range licensesFilters {
		view.narrowed = view.narrowed || v.input.Text(name) != ""
	}
	if err := v.licensesChoices(view); err != nil {
		return err
	}
	page, err := v.browseLicenses(view)
	if err != nil {
		return v.licensesFault(view, err)
	}
	if view.rows, err = v.licensesRows(page.Licenses, view.columns); err != nil {
		return err
	}
	if page.Previous != "" {
		view.back = v.URL.Path + web.Query(view.values, "cursor", page.Previous)
	}
	if page.Next != "" {
		view.next = v.URL.Path + web.Query(view.values, "cursor", page.Next)
	}
	return v.draw(v.t("Licenses"), licensesPage(view))
}

// licensesChoices finds what the selects offer.
func (v *visit) licensesChoices(view *licensesView) (err error) {
	if !v.can(identity.ReadProducts) {
		return nil
	}
	if view.products, err = v.productChoices(true); err != nil {
		return err
	}
	ref := v.input.Text("product")
	if p := productCalled(view.products, ref); p != nil {
		view.values.Set("product", productRef(p)) // However it was named, the select shows it.
	}
	if ref == "" {
		view.values.Del("policy") // It belongs to a product.
		return nil
	}
	if v.can(identity.ReadPolicies) {
		view.policies, err = v.p.d.Office.ListPolicies(v.Context(), v.actor, ref, true, office.Page{Limit: 200})
		if license.CodeOf(err) == license.NotFound {
			err = nil // The list itself says so.
		}
	}
	return err
}

func (v *visit) browseLicenses(view *licensesView) (office.LicensePage, error) {
	in := v.input
	f := office.LicenseFilter{
		Search: in.Text("q"), Product: in.Text("product"), Policy: in.Text("policy"), Standing: license.Standing(in.Text("standing")),
		Used: in.Choice("used"), Expired: in.Choice("expired"), Banned: in.Choice("banned"),
		Customer: in.Text("customer"), Order: in.Text("order"), User: in.Text("user"), Note: in.Text("note"),
		IssuedFrom: in.Day("from"), IssuedUntil: in.Day("until"),
	}
	if f.IssuedUntil != 0 {
		f.IssuedUntil = f.IssuedUntil.Add(24 * time.Hour) // The day itself is in it.
	}
	if err := v.asked(); err != nil {
		return office.LicensePage{}, err
	}
	return v.p.d.Office.BrowseLicenses(v.Context(), v.actor, f, office.LicenseView{Sort: view.sort, Cursor: in.Text("cursor")})
}

// licensesFault shows the list with nothing in it, and what is wrong with its filters.
func (v *visit) licensesFault(view *licensesView, err error) error {
	e := license.Describe(err)
	switch e.Code {
	case license.Invalid, license.NotFound, license.Refused:
	default:
		return err
	}
	field := e.Field
	if e.Code == license.NotFound {
		field = missingFilter(e)
	}
	view.faults = web.Faults{field: web.Sentence(e.Message)}
	if e.Field == "cursor" || e.Field == "sort" || !isLicensesFilter(field) {
		view.faults = web.Faults{"": web.Sentence(e.Message)}
	}
	return v.write(statusOf(err), v.t("Licenses"), licensesPage(view))
}

func isLicensesFilter(field string) bool {
	for _, name := range licensesFilters {
		if name == field {
			return true
		}
	}
	return false
}

// missingFilter is the field of the filter that names what is not there.
func missingFilter(e *license.Error) string {
	switch e.Reason {
	case license.ProductUnknown:
		return "product"
	case license.CustomerUnknown:
		return "customer"
	case license.UserUnknown:
		return "user"
	}
	for _, name := range []string{"order", "policy", "customer", "user"} {
		if strings.Contains(e.Message, name) {
			return name
		}
	}
	return ""
}

// monthOf is the first and the last day of the month of a moment.
func monthOf(now license.Time) [2]license.Time {
	year, month, _ := now.UTC().Date()
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return [2]license.Time{license.TimeOf(first), license.TimeOf(first.AddDate(0, 1, -1))}
}

// dayText is a day as inputs of type date have it; "" for none.
func dayText(t license.Time) string {
	if t == 0 {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// maxProductChoices is how many products a select offers: beyond that, people write the code.
const maxProductChoices = 300

// productChoices are the products of a select, newest first; none where there are too many.
func (v *visit) productChoices(archived bool) ([]office.Product, error) {
	list, err := v.p.d.Office.ListProducts(v.Context(), v.actor, archived, office.Page{Limit: maxProductChoices + 1})
	if err != nil || len(list) > maxProductChoices {
		return nil, err
	}
	return list, nil
}

// productRef is what a product is called in a form: its code, or its identity where the code could be taken for another's number.
func productRef(p *office.Product) string {
	if _, digits := license.ParseID(p.Code); digits {
		return idText(int64(p.ID))
	}
	return p.Code
}

// productCalled finds a product by its code, number or identity; nil where there is none.
func productCalled(list []office.Product, ref string) *office.Product {
	id, _ := license.ParseID(ref)
	for i := range list {
		if p := &list[i]; ref != "" && (strings.EqualFold(p.Code, ref) || p.Number == id || int64(p.ID) == id) {
			return p
		}
	}
	return nil
}
