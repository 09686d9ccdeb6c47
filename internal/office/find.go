package office

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// FoundKind is what sort of thing a search found.
type FoundKind string

// The closed list of kinds, in the order in which Find returns them.
const (
	FoundLicense     FoundKind = "license"
	FoundCustomer    FoundKind = "customer"
	FoundOrder       FoundKind = "order"
	FoundLicenseUser FoundKind = "license_user"
	FoundProduct     FoundKind = "product"
)

// Found is one thing that a search found.
type Found struct {
	Kind   FoundKind
	ID     int64  // its identity
	Title  string // what it is called: a key, an e-mail address, a reference, a name
	Detail string // what tells it from others: a product's code, a name, a status
}

// The bounds of a search.
const (
	foundOfEach  = 5
	leastText    = 2    // characters
	longestText  = 320  // bytes
	foundWithin  = 100  // licenses that are looked at for somebody who is for certain products
	productsSeen = 1000 // the newest
)

// Find looks for what begins with a text, in any letter case: keys of licenses, e-mail addresses of customers, references of orders, which
// are compared byte for byte, names and e-mail addresses of license users, those as they were written or in small letters, and codes and
// names of products. A text that is all digits also finds what has that identity, and the product with that number. It returns the first
// 5 of each kind that the actor may read, and nothing for a single letter, or more than 320 bytes. It needs products:read, and the
// permission to read what it finds.
func (o *Office) Find(ctx context.Context, actor identity.Actor, text string) ([]Found, error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	id, isID := license.ParseID(text)
	if !isID && utf8.RuneCountInString(text) < leastText || len(text) > longestText {
		return nil, nil
	}
	var list []Found
	err := o.d.Store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		s := search{tx: tx, actor: actor, text: text, id: id, products: make(map[license.ProductID]string)}
		for _, kind := range []struct {
			needs  identity.Permission
			within bool // things that lie within products
			find   func() ([]Found, error)
		}{
			{identity.ReadLicenses, true, s.licenses},
			{identity.ReadCustomers, false, s.customers},
			{identity.ReadOrders, false, s.orders},
			{identity.ReadCustomers, false, s.users},
			{identity.ReadProducts, true, s.catalogue},
		} {
			if actor.Require(actor.Tenant, kind.needs) != nil || actor.Narrowed() && !kind.within {
				continue
			}
			found, err := kind.find()
			if err != nil {
				return err
			}
			list = append(list, found[:min(len(found), foundOfEach)]...)
		}
		return nil
	})
	return list, err
}

// search is one search.
type search struct {
	tx       *store.Tx
	actor    identity.Actor
	text     string
	id       int64 // 0 when the text is none
	products map[license.ProductID]string
}

// product returns the code of a product.
func (s *search) product(id license.ProductID) (string, error) {
	if code, known := s.products[id]; known || id == 0 {
		return code, nil
	}
	p, err := s.tx.FindProduct(s.actor.Tenant, id)
	s.products[id] = p.Code
	return p.Code, err
}

// byID adds what has the identity that was asked for, unless there is none or it is among the others.
func byID[T any](list []T, id int64, idOf func(*T) int64, find func() (T, error)) ([]T, error) {
	if id == 0 || slices.ContainsFunc(list, func(one T) bool { return idOf(&one) == id }) {
		return list, nil
	}
	one, err := find()
	switch {
	case license.CodeOf(err) == license.NotFound:
		return list, nil
	case err != nil:
		return nil, err
	}
	return append([]T{one}, list...), nil
}

func (s *search) licenses() (out []Found, err error) {
	most := foundOfEach
	if s.actor.Narrowed() {
		most = foundWithin
	}
	list, err := s.tx.LicensesBeginning(s.actor.Tenant, s.text, most)
	if err == nil {
		list, err = byID(list, s.id, func(r *license.LicenseRecord) int64 { return int64(r.ID) },
			func() (license.LicenseRecord, error) {
				return s.tx.FindLicense(s.actor.Tenant, license.LicenseID(s.id))
			})
	}
	for i := 0; i < len(list) && err == nil; i++ {
		l := &list[i].License
		if !s.actor.Covers(l.Product) {
			continue
		}
		f := Found{Kind: FoundLicense, ID: int64(l.ID), Title: l.Key}
		if f.Title == "" {
			f.Title = number(f.ID)
		}
		f.Detail, err = s.product(l.Product)
		out = append(out, f)
	}
	return out, err
}

func (s *search) customers() (out []Found, err error) {
	list, err := s.tx.CustomersBeginning(s.actor.Tenant, s.text, foundOfEach)
	if err == nil {
		list, err = byID(list, s.id, func(c *license.Customer) int64 { return int64(c.ID) },
			func() (license.Customer, error) { return s.tx.FindCustomer(s.actor.Tenant, license.CustomerID(s.id)) })
	}
	for i := range list {
		out = append(out, Found{FoundCustomer, int64(list[i].ID), list[i].Email, cmp.Or(list[i].Name, list[i].Company)})
	}
	return out, err
}

func (s *search) orders() (out []Found, err error) {
	list, err := s.tx.OrdersBeginning(s.actor.Tenant, s.text, foundOfEach)
	if err == nil {
		list, err = byID(list, s.id, func(o *license.Order) int64 { return int64(o.ID) },
			func() (license.Order, error) { return s.tx.FindOrder(s.actor.Tenant, license.OrderID(s.id)) })
	}
	for i := range list {
		out = append(out, Found{FoundOrder, int64(list[i].ID), list[i].Reference, string(list[i].Status)})
	}
	return out, err
}

func (s *search) users() (out []Found, err error) {
	tenant, lower := s.actor.Tenant, strings.ToLower(s.text)
	list, err := s.tx.UsersBeginning(tenant, s.text, foundOfEach)
	for _, text := range slices.Compact([]string{s.text, lower}) {
		if err != nil || len(list) >= foundOfEach {
			break
		}
		var more []license.LicenseUser
		more, err = s.tx.UsersWithEmail(tenant, text, foundOfEach)
		for _, u := range more {
			if !slices.ContainsFunc(list, func(known license.LicenseUser) bool { return known.ID == u.ID }) {
				list = append(list, u)
			}
		}
	}
	if err == nil {
		list, err = byID(list, s.id, func(u *license.LicenseUser) int64 { return int64(u.ID) },
			func() (license.LicenseUser, error) { return s.tx.FindLicenseUser(tenant, license.LicenseUserID(s.id)) })
	}
	for i := 0; i < len(list) && err == nil; i++ {
		u := &list[i]
		f := Found{Kind: FoundLicenseUser, ID: int64(u.ID), Title: u.Name}
		if f.Detail, err = s.product(u.Product); f.Detail == "" && u.Email != u.Name {
			f.Detail = u.Email
		}
		out = append(out, f)
	}
	return out, err
}

func (s *search) catalogue() (out []Found, err error) {
	list, err := s.tx.ListProducts(s.actor.Tenant, true, 0, productsSeen)
	prefix := strings.ToLower(s.text)
	for i := range list {
		p := &list[i]
		begins := strings.HasPrefix(strings.ToLower(p.Code), prefix) || strings.HasPrefix(strings.ToLower(p.Name), prefix)
		if s.actor.Covers(p.ID) && (begins || s.id != 0 && (p.Number == s.id || int64(p.ID) == s.id)) {
			out = append(out, Found{FoundProduct, int64(p.ID), p.Code, p.Name})
		}
	}
	return out, err
}
