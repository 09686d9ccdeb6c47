package platform

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licensesColumn is something that the list can show of each license.
type licensesColumn string

// The closed list of columns, besides the key, which is always there.
const (
	colProduct     licensesColumn = "product"
	colPolicy      licensesColumn = "policy"
	colStatus      licensesColumn = "status"
	colStanding    licensesColumn = "standing"
	colExpires     licensesColumn = "expires"
	colLength      licensesColumn = "length"
	colCustomer    licensesColumn = "customer"
	colHolder      licensesColumn = "user"
	colOrder       licensesColumn = "order"
	colLevel       licensesColumn = "level"
	colNote        licensesColumn = "note"
	colActivations licensesColumn = "activations"
	colFirstUsed   licensesColumn = "used"
	colLastSeen    licensesColumn = "seen"
	colCreated     licensesColumn = "created"
	colCreatedBy   licensesColumn = "by"
)

// licensesColumnList lists every column in the order in which they stand.
var licensesColumnList = [...]licensesColumn{
	colProduct, colPolicy, colStatus, colStanding, colExpires, colLength, colCustomer, colHolder, colOrder, colLevel, colNote,
	colActivations, colFirstUsed, colLastSeen, colCreated, colCreatedBy,
}

// usualLicensesColumns are shown to who has chosen none.
func usualLicensesColumns() []licensesColumn {
	return []licensesColumn{colProduct, colStatus, colExpires, colCustomer, colActivations, colNote, colCreated}
}

// title is what a column is called.
func (c licensesColumn) title(ctx context.Context) string {
	return web.T(ctx, map[licensesColumn]string{
		colProduct: "Product", colPolicy: "Policy", colStatus: "Status", colStanding: "Standing", colExpires: "Expires", colLength: "Length",
		colCustomer: "Customer", colHolder: "Used by", colOrder: "Order", colLevel: "Level", colNote: "Note", colActivations: "Devices",
		colFirstUsed: "First used", colLastSeen: "Last seen", colCreated: "Created", colCreatedBy: "Created by",
	}[c])
}

// sorts are the orders, up and down, that a column's header leads to; "" is none.
func (c licensesColumn) sorts() (up, down office.LicenseSort) {
	switch c {
	case colExpires:
		return office.SortExpiry, office.SortExpiryDown
	case colCreated:
		return office.SortOldest, office.SortNewest
	}
	return "", ""
}

// licensesColumnsCookie is the preference that holds the columns.
const licensesColumnsCookie = "license_columns"

// licensesColumns are those that the address asks for, else those that were chosen on this browser, else the usual ones.
func (v *visit) licensesColumns() []licensesColumn {
	text := v.input.Text("columns")
	if text == "" {
		text = v.cookies.Preference(v.Request, licensesColumnsCookie)
	}
	if text == "" {
		return usualLicensesColumns()
	}
	return readColumns(strings.Split(text, "."))
}

// readColumns takes out what is no column, and puts the rest in order.
func readColumns(names []string) (out []licensesColumn) {
	for _, c := range licensesColumnList {
		if slices.Contains(names, string(c)) {
			out = append(out, c)
		}
	}
	return out
}

// chooseLicenseColumns keeps which columns somebody wants to see.
func (v *visit) chooseLicenseColumns() error {
	var names []string
	for _, c := range readColumns(v.input.Values["column"]) {
		names = append(names, string(c))
	}
	text := strings.Join(names, ".")
	if text == "" {
		text = "none"
	}
	if v.input.Bool("usual") {
		text = ""
	}
	v.cookies.SetPreference(v.w, licensesColumnsCookie, text)
	return v.back("/licenses")
}

// licensesRows finds what the columns show of licenses that is not in them.
func (v *visit) licensesRows(list []license.LicenseRecord, columns []licensesColumn) ([]licensesRow, error) {
	names := licensesNames{v: v}
	rows := make([]licensesRow, len(list))
	now := v.p.d.Now()
	for i := range list {
		row := &rows[i]
		row.LicenseRecord, row.expired = list[i], list[i].IsExpired(now)
		for _, c := range columns {
			if err := names.fill(row, c); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// licensesNames looks up the names of what licenses belong to, each once.
type licensesNames struct {
	v         *visit
	products  map[license.ProductID]string
	policies  map[license.PolicyID]string
	customers map[license.CustomerID]string
	orders    map[license.OrderID]string
}

func (n *licensesNames) fill(row *licensesRow, c licensesColumn) (err error) {
	v, o := n.v, n.v.p.d.Office
	ctx := v.Context()
	switch c {
	case colProduct:
		row.product, err = known(&n.products, row.Product, v.can(identity.ReadProducts), func(id string) (string, error) {
			p, err := o.FindProduct(ctx, v.actor, id)
			return p.Code, err
		})
	case colPolicy:
		row.policy, err = known(&n.policies, row.Policy, v.can(identity.ReadPolicies), func(id string) (string, error) {
			p, err := o.FindPolicy(ctx, v.actor, idText(int64(row.Product)), id)
			return p.Code, err
		})
	case colCustomer:
		row.customer, err = known(&n.customers, row.Customer, v.can(identity.ReadCustomers), func(id string) (string, error) {
			c, err := o.FindCustomer(ctx, v.actor, id)
			return c.Email, err
		})
	case colOrder:
		row.order, err = known(&n.orders, row.Order, v.can(identity.ReadOrders), func(id string) (string, error) {
			order, err := o.FindOrder(ctx, v.actor, id)
			return order.Reference, err
		})
	case colHolder:
		if row.IsUsed() && v.can(identity.ReadCustomers) {
			holders, err := o.LicenseHolders(ctx, v.actor, office.Ref{ID: row.ID}, 0, 1)
			if err == nil && len(holders) > 0 {
				row.holder = holders[0].User.Name
			}
			return err
		}
	case colLastSeen:
		if row.IsUsed() {
			row.seen, err = v.lastSeen(row.ID)
		}
	}
	return err
}

// known returns the name of id, asking for it once; "" for none, for who may not know it, and for what is gone meanwhile.
func known[ID ~int64](names *map[ID]string, id ID, may bool, find func(id string) (string, error)) (string, error) {
	if id == 0 || !may {
		return "", nil
	}
	if name, there := (*names)[id]; there {
		return name, nil
	}
	name, err := find(idText(int64(id)))
	if err != nil && license.CodeOf(err) != license.NotFound {
		return "", err
	}
	if *names == nil {
		*names = map[ID]string{}
	}
	(*names)[id] = name
	return name, nil
}

// lastSeen is when a device of a license asked last, as far as its first thousand devices tell.
func (v *visit) lastSeen(id license.LicenseID) (last license.Time, err error) {
	devices, err := v.p.d.Office.ListDevices(v.Context(), v.actor, office.Ref{ID: id}, 0, 1000)
	for i := range devices {
		last = max(last, devices[i].SeenAt)
	}
	return last, err
}

// sortedLink is where the header of a column leads: to its order, or the other way round where it is that already.
func (l *licensesView) sortedLink(up, down office.LicenseSort) string {
	to := up
	if l.sort == up {
		to = down
	}
	return base + "/licenses" + web.Query(l.values, "sort", string(to), "cursor", "")
}

// ariaSort says to screen readers how a column is sorted.
func (l *licensesView) ariaSort(up, down office.LicenseSort) string {
	switch l.sort {
	case up:
		return "ascending"
	case down:
		return "descending"
	}
	return "none"
}

// value is a field of the filter form.
func (l *licensesView) value(name string) string { return strings.TrimSpace(l.values.Get(name)) }

// narrowedMore reports whether one of the rarer filters is set, or is wrong, so that they are to be seen.
func (l *licensesView) narrowedMore() bool {
	for _, name := range []string{"policy", "expired", "banned", "customer", "order", "user", "note", "from", "until"} {
		if l.value(name) != "" || l.faults[name] != "" {
			return true
		}
	}
	return false
}

// without is the address of the list without one of its filters.
func (l *licensesView) without(name string) string {
	return base + "/licenses" + web.Query(l.values, name, "", "cursor", "")
}

// cleared is the address of the list without filters, in the order it has.
func (l *licensesView) cleared() string {
	return base + "/licenses" + web.Query(url.Values{}, "sort", l.values.Get("sort"))
}
