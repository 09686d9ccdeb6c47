package main

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strconv"

	"licet/internal/license"
	"licet/internal/office"
)

// licenseView is a license as lists show it. Durations are in words and, with a calendar month taken as
// 2629743 seconds, in seconds.
type licenseView struct {
	ID              license.LicenseID   `json:"id"`
	Key             string              `json:"license_key"`
	Product         string              `json:"product"` // its code
	ProductID       license.ProductID   `json:"product_id"`
	Order           string              `json:"order"` // its reference
	OrderID         license.OrderID     `json:"order_id"`
	PolicyID        *license.PolicyID   `json:"policy_id"`
	CustomerID      *license.CustomerID `json:"customer_id"`
	Type            license.Type        `json:"type"`
	Trial           bool                `json:"trial"`
	Standing        license.Standing    `json:"standing"`
	Withheld        bool                `json:"withheld"` // its order is pending
	Used            bool                `json:"used"`
	Expired         bool                `json:"expired"`
	Banned          bool                `json:"banned"`
	BanReason       string              `json:"ban_reason"`
	Level           int64               `json:"level"`
	Note            string              `json:"note"`
	Duration        string              `json:"duration"`
	DurationSeconds int64               `json:"duration_seconds"`
	Starts          license.StartsAt    `json:"starts"`
	Plan            string              `json:"plan"`
	Lock            license.Lock        `json:"lock"`
	Activations     int64               `json:"activations"`
	MaxActivations  license.Limit       `json:"max_activations"`
	Transfers       int64               `json:"transfers"`
	MaxTransfers    license.Limit       `json:"max_transfers"`
	UsedUnits       int64               `json:"used_units"`
	IssuedAt        license.Time        `json:"issued_at"`
	NotBefore       license.Time        `json:"not_before"`
	StartedAt       license.Time        `json:"started_at"`
	FirstUsedAt     license.Time        `json:"first_used_at"`
	ExpiresAt       license.Time        `json:"expires_at"`
	MaintainedUntil license.Time        `json:"maintained_until"`
	Metadata        json.RawMessage     `json:"metadata"`
	CustomFields    json.RawMessage     `json:"custom_fields"`
	BundleID        *license.LicenseID  `json:"bundle_id"` // license of the bundle it is part of
}

func viewLicense(r *license.LicenseRecord, product, order string, now license.Time) licenseView {
	t := r.Terms
	return licenseView{
		ID: r.ID, Key: r.Key, Product: product, ProductID: r.Product, Order: order, OrderID: r.Order,
		PolicyID: orNull(r.Policy), CustomerID: orNull(r.Customer), Type: t.Type, Trial: t.Trial, Standing: r.Standing,
		Withheld: r.Withheld, Used: r.IsUsed(), Expired: r.IsExpired(now), Banned: r.RedemptionBlocked, BanReason: r.BlockReason,
		Level: t.Level, Note: r.Note, Duration: spanText(t.Duration), DurationSeconds: t.Duration.AboutSeconds(), Starts: t.Starts,
		Plan: t.Plan, Lock: t.Lock, Activations: r.Activated, MaxActivations: t.Activations, Transfers: r.License.Transfers,
		MaxTransfers: t.Transfers, UsedUnits: r.UsedAt(now), IssuedAt: r.IssuedAt, NotBefore: r.NotBefore, StartedAt: r.StartedAt,
		FirstUsedAt: r.FirstUsedAt, ExpiresAt: r.ExpiresAt, MaintainedUntil: r.MaintainedUntil, Metadata: rawJSON(r.Metadata),
		CustomFields: rawJSON(r.CustomFields), BundleID: orNull(r.Bundle),
	}
}

// state is how a license stands, in words for people.
func (v *licenseView) state() string {
	return words(choose(v.Standing != license.Enabled, string(v.Standing)), choose(v.Withheld, "withheld"), choose(v.Banned, "banned"),
		choose(v.Expired, "expired"), choose(v.Used, "used"), choose(!v.Used, "not used"))
}

func (v *licenseView) places() string {
	return strconv.FormatInt(v.Activations, 10) + "/" + v.MaxActivations.String()
}

func (v *licenseView) pairs() [][2]string {
	pairs := [][2]string{
		{"id", idText(v.ID)}, {"key", v.Key}, {"product", v.Product}, {"order", v.Order}, {"state", v.state()},
		{"ban reason", v.BanReason}, {"type", words(string(v.Type), choose(v.Trial, "trial"))}, {"duration", v.Duration},
		{"starts", string(v.Starts)}, {"plan", v.Plan}, {"lock", string(v.Lock)}, {"activations", v.places()},
		{"transfers", strconv.FormatInt(v.Transfers, 10) + "/" + v.MaxTransfers.String()}, {"level", nonZero(v.Level)},
		{"used units", nonZero(v.UsedUnits)}, {"issued", moment(v.IssuedAt)}, {"not before", moment(v.NotBefore)},
		{"started", moment(v.StartedAt)}, {"first used", moment(v.FirstUsedAt)}, {"expires", moment(v.ExpiresAt)},
		{"maintained until", moment(v.MaintainedUntil)}, {"note", v.Note},
	}
	if string(v.Metadata) != "null" {
		pairs = append(pairs, [2]string{"metadata", string(v.Metadata)})
	}
	if string(v.CustomFields) != "null" {
		pairs = append(pairs, [2]string{"custom fields", string(v.CustomFields)})
	}
	if v.BundleID != nil {
		pairs = append(pairs, [2]string{"part of", idText(*v.BundleID)})
	}
	return pairs
}

// printLicenses shows licenses as a list.
func printLicenses(t *tool, all iter.Seq2[licenseView, error]) error {
	return printList(t, "ID KEY PRODUCT TYPE STATE ACTIVATIONS DURATION EXPIRES NOTE", all, func(v licenseView) []string {
		return []string{idText(v.ID), v.Key, v.Product, words(string(v.Type), choose(v.Trial, "trial")), v.state(), v.places(),
			v.Duration, moment(v.ExpiresAt), v.Note}
	})
}

// names remembers what products and orders are called, since a list names few of them often.
type names struct {
	t        *tool
	d        *desk
	products map[license.ProductID]string
	orders   map[license.OrderID]string
}

func newNames(t *tool, d *desk) *names {
	return &names{t, d, make(map[license.ProductID]string), make(map[license.OrderID]string)}
}

// maxNames bounds what names remembers: a long list may have an order for each license.
const maxNames = 10_000

// view shows a license under the names of what it belongs to.
func (n *names) view(r license.LicenseRecord) (licenseView, error) {
	product, ok := n.products[r.Product]
	if !ok {
		p, err := n.d.FindProduct(n.t.ctx, n.d.actor, idText(r.Product))
		if err != nil {
			return licenseView{}, err
		}
		product = p.Code
		n.products[r.Product] = product
	}
	order, ok := n.orders[r.Order]
	if !ok {
		o, err := n.d.FindOrder(n.t.ctx, n.d.actor, idText(r.Order))
		if err != nil {
			return licenseView{}, err
		}
		order = o.Reference
		if len(n.orders) >= maxNames {
			clear(n.orders)
		}
		n.orders[r.Order] = order
	}
	return viewLicense(&r, product, order, n.t.now()), nil
}

// detailView is a license with all that belongs to it.
type detailView struct {
	licenseView
	Policy      string         `json:"policy"` // its code
	OrderStatus string         `json:"order_status"`
	Customer    string         `json:"customer"` // e-mail address
	User        string         `json:"user"`     // license user who redeemed it
	UserExpires license.Time   `json:"user_expires_at"`
	Devices     []deviceView   `json:"devices"`
	MoreDevices bool           `json:"more_devices"`
	Terms       *license.Terms `json:"terms"`
}

func viewDetail(d *office.LicenseDetail) *detailView {
	v := &detailView{
		licenseView: viewLicense(&d.LicenseRecord, d.Product.Code, d.Order.Reference, d.Now),
		Policy:      d.Policy.Code, OrderStatus: string(d.Order.Status), Customer: d.Customer.Email,
		Devices: []deviceView{}, MoreDevices: d.MoreDevices, Terms: d.Terms,
	}
	if d.User != nil {
		v.User = d.User.Name
	}
	if d.Redemption != nil {
		v.UserExpires = d.Redemption.ExpiresAt
	}
	for _, device := range d.Devices {
		v.Devices = append(v.Devices, viewDevice(device))
	}
	return v
}

func (v *detailView) pairs() [][2]string {
	pairs := append(v.licenseView.pairs(), [][2]string{
		{"policy", v.Policy}, {"order is", v.OrderStatus}, {"customer", v.Customer}, {"user", v.User}, {"user expires", moment(v.UserExpires)},
	}...)
	for _, d := range v.Devices {
		pairs = append(pairs, [2]string{"device", words(idText(d.ID), string(d.Kind)+" "+d.Bound, d.Name, d.state(), "seen "+moment(d.LastSeen))})
	}
	if v.MoreDevices {
		pairs = append(pairs, [2]string{"more devices", "see: licet license devices"})
	}
	return pairs
}

type deviceView struct {
	ID         license.DeviceID `json:"id"`
	Kind       license.BindKind `json:"bound_to"` // hwid or ip
	Bound      string           `json:"bound_value"`
	Name       string           `json:"name"`
	AppVersion string           `json:"app_version"`
	Address    string           `json:"address"`
	Active     bool             `json:"active"`
	Blocked    bool             `json:"blocked"`
	FirstSeen  license.Time     `json:"first_seen"`
	Activated  license.Time     `json:"activated_at"`
	Freed      license.Time     `json:"freed_at"`
	LastSeen   license.Time     `json:"last_seen"`
}

func viewDevice(d license.Device) deviceView {
	return deviceView{d.ID, d.Binding.Kind, d.Binding.Value, d.Name, d.AppVersion, d.Address, d.Active, d.Blocked,
		d.FirstSeen, d.ActivatedAt, d.FreedAt, d.SeenAt}
}

func (v *deviceView) state() string {
	return words(choose(v.Active, "active"), choose(!v.Active, "free"), choose(v.Blocked, "blocked"))
}

// readSome reads a list of reasonable length.
func readSome(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxListFile+1))
	if err == nil && len(text) > maxListFile {
		err = errors.New("there is too much in it")
	}
	return text, err
}
