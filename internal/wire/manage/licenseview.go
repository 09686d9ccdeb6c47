package manage

import (
	"encoding/json"

	"licet/internal/license"
	"licet/internal/wire/api"
)

// License is the right to use a product.
type License struct {
	ID              license.LicenseID  `json:"id" example:"1774267200000004"`
	Key             string             `json:"key" doc:"What the user types, unique within the product in any letter case; empty where users sign in." example:"APP-7KQ2-9XWD-4MNP"`
	Product         license.ProductID  `json:"product_id" doc:"Fixed for ever." example:"1774267200000001"`
	Policy          license.PolicyID   `json:"policy_id,omitempty" doc:"The policy it was issued from." example:"1774267200000002"`
	Order           license.OrderID    `json:"order_id" doc:"Every license has one." example:"1774267200000003"`
	Customer        license.CustomerID `json:"customer_id,omitempty" doc:"The buyer; absent where nobody is known." example:"1774267200000005"`
	Bundle          license.LicenseID  `json:"bundle_id,omitempty" doc:"The license of the bundle that it is part of." example:"1774267200000006"`
	Standing        license.Standing   `json:"standing" enum:"enabled,suspended,revoked" doc:"What people decided about it. Revoked is for ever."`
	Withheld        bool               `json:"withheld" doc:"Its order is not completed: nobody can use it yet."`
	Banned          bool               `json:"banned" doc:"Nobody new may redeem it."`
	BanReason       string             `json:"ban_reason,omitempty" example:"charged back"`
	Used            bool               `json:"used" doc:"It has been activated or redeemed."`
	Expired         bool               `json:"expired" doc:"Its end is over, grace included."`
	Issued          license.Time       `json:"issued_at"`
	NotBefore       license.Time       `json:"not_before" doc:"No activation earlier."`
	Started         license.Time       `json:"started_at" doc:"When its duration began; null is not yet."`
	FirstUsed       license.Time       `json:"first_used_at"`
	Expires         license.Time       `json:"expires_at" doc:"null is never, or not begun."`
	MaintainedUntil license.Time       `json:"maintained_until" doc:"Versions released later are not included; null is for ever, or not begun."`
	Activated       int64              `json:"activated" doc:"Devices that hold an activation now." example:"1"`
	Transfers       int64              `json:"transfers" doc:"Moves to another device so far." example:"0"`
	UsedUnits       int64              `json:"used_units" doc:"Used in the running period." example:"0"`
	Terms           api.Terms          `json:"terms" doc:"What it was sold with."`
	Fields          []CustomField      `json:"custom_fields" nullable:"false"`
	Metadata        api.Object         `json:"metadata" doc:"Apps see it."`
	Note            string             `json:"note,omitempty" doc:"For your people; no app ever sees it." example:"bought by telephone"`
	CreatedBy       string             `json:"created_by,omitempty" doc:"Who made it, in your words." example:"shop"`
}

// viewLicense shows a license as it is now.
func viewLicense(r *license.LicenseRecord, now license.Time) License {
	return License{
		ID: r.ID, Key: r.Key, Product: r.Product, Policy: r.Policy, Order: r.Order, Customer: r.Customer, Bundle: r.Bundle,
		Standing: r.Standing, Withheld: r.Withheld, Banned: r.RedemptionBlocked, BanReason: r.BlockReason, Used: r.IsUsed(),
		Expired: r.IsExpired(now), Issued: r.IssuedAt, NotBefore: r.NotBefore, Started: r.StartedAt, FirstUsed: r.FirstUsedAt,
		Expires: r.ExpiresAt, MaintainedUntil: r.MaintainedUntil, Activated: r.Activated, Transfers: r.License.Transfers,
		UsedUnits: r.UsedAt(now), Terms: api.ViewTerms(r.Terms), Fields: viewFields(r.CustomFields), Metadata: metadata(r.Metadata),
		Note: r.Note, CreatedBy: r.CreatedBy,
	}
}

// viewFields shows the custom fields that a license holds.
func viewFields(text string) []CustomField {
	out := []CustomField{}
	if text == "" {
		return out
	}
	var list []license.CustomField
	_ = json.Unmarshal([]byte(text), &list) // Only the office writes it.
	for _, f := range list {
		out = append(out, CustomField{f.Name, f.Type, f.Value})
	}
	return out
}

// Event is a fact: something that happened in the tenant.
type Event struct {
	ID      license.EventID   `json:"id" doc:"Grows with time." example:"1774267200000020"`
	Type    license.EventKind `json:"type" doc:"What happened." example:"license.issued"`
	At      license.Time      `json:"at"`
	Actor   string            `json:"actor" doc:"Who did it." example:"client:1774267200000009 shop"`
	License license.LicenseID `json:"license_id,omitempty" doc:"The license that it is about." example:"1774267200000004"`
	Subject int64             `json:"subject_id,omitempty" doc:"The other thing that it is about: a device, an order, a user." example:"1774267200000003"`
	Data    map[string]any    `json:"data" doc:"What changed, in words and numbers."`
}

func viewEvent(e *license.StoredEvent) Event {
	v := Event{ID: e.ID, Type: e.Kind, At: e.At, Actor: e.Actor, License: e.License, Subject: e.Subject, Data: e.Data}
	if v.Data == nil {
		v.Data = map[string]any{}
	}
	return v
}
