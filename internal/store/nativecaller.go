package store

import (
	"sync"

	"licet/internal/identity"
	"licet/internal/license"
)

// callerColumns are what a check needs of who asks for it, and the key pair that the answer is signed with.
const callerColumns = `
SELECT api_keys.id, api_keys.tenant_id, api_keys.name, api_keys.scopes, api_keys.expires_at, api_keys.revoked_at, api_keys.products,
       (SELECT signing_keys.id
          FROM signing_keys
         WHERE signing_keys.tenant_id = api_keys.tenant_id AND signing_keys.purpose = '` + string(NativeAnswerKey) + `' AND signing_keys.retired_at = 0),`

const callerAndKey = callerColumns + nativeColumns + `
  FROM api_keys
  LEFT JOIN products
    ON products.tenant_id = api_keys.tenant_id AND products.`

const keyOfCaller = `
  LEFT JOIN licenses
    ON licenses.tenant_id = products.tenant_id AND licenses.product_id = products.id AND licenses.key_folded = $3
  LEFT JOIN devices
    ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id
       AND devices.bound_to = $4 AND devices.bound_value = $5
 WHERE api_keys.secret_hash = $1`

const (
	findCallerAndCode   = callerAndKey + `code = $2` + keyOfCaller
	findCallerAndNumber = callerAndKey + `number = $2` + keyOfCaller
)

const findCallerAndLicense = callerColumns + nativeColumns + `
  FROM api_keys
  LEFT JOIN licenses
    ON licenses.tenant_id = api_keys.tenant_id AND licenses.id = $2
  LEFT JOIN products
    ON products.tenant_id = licenses.tenant_id AND products.id = licenses.product_id
  LEFT JOIN devices
    ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id
       AND devices.bound_to = $3 AND devices.bound_value = $4
 WHERE api_keys.secret_hash = $1`

// FindCallerNative is FindCaller and then FindNative, mostly in one statement: what an app asks all day needs nothing else. allow judges
// the caller, of whose key Hint, Created and UsedAt are left out; what it refuses is the error, and no license is looked at. In w it finds
// Tenant and Products filled in.
//
// The error is that of FindCaller with nobody, or the caller's with that of allow or FindNative.
func (tx *Tx) FindCallerNative(hash identity.TokenHash, w *NativeLookup, c *license.Claim, allow func(*Caller) error) (Caller, license.State, error) {
	guess, _ := c.Bind(license.LockNone)
	r := callerRows.Get().(*callerRow)
	defer callerRows.Put(r)
	found, caller, err := tx.callerRow(r, hash, w, guess)
	if err != nil {
		return caller, license.State{}, err
	}
	w.Tenant, w.Products = caller.Key.Tenant, caller.Key.Products
	if err := allow(&caller); err != nil {
		return caller, license.State{}, err
	}
	switch {
	case !found, r.Product.ID == 0 && w.License == 0: // A number may be that of a product, or its identity.
		state, err := tx.FindNative(w, c)
		return caller, state, err
	case r.Product.ID == 0:
		return caller, license.State{}, license.Refuse(license.KeyUnknown)
	}
	state, err := tx.nativeState(&r.nativeRow, w, c, guess)
	if state.Device == &r.device {
		device := r.device // The row is used again.
		state.Device = &device
	}
	return caller, state, err
}

// callerRow is what FindCallerNative reads, and where.
type callerRow struct {
	nativeRow
	by      apiKeyRow
	signing int64
	dest    []any
}

// callerRows keeps rows between requests: one is as large as all else that such a request needs. Which one a caller gets makes no
// difference to it.
var callerRows = sync.Pool{New: func() any {
	r := new(callerRow)
	k := &r.by.APIKey
	r.dest = r.nativeRow.into([]any{
		&k.ID, &k.Tenant, &k.Name, &r.by.scopes, &k.ExpiresAt, &k.RevokedAt, &r.by.products, &r.signing,
	})
	return r
}}

// callerRow runs the statement that fits; false where it has read the caller alone, since who asks must be known first.
func (tx *Tx) callerRow(r *callerRow, hash identity.TokenHash, w *NativeLookup, guess license.Binding) (bool, Caller, error) {
	asks := w.License != 0 || w.Key != "" && w.Product != ""
	if !asks || checkText(w.Key) != nil || checkText(w.Product) != nil || checkText(guess.Value) != nil {
		caller, err := tx.FindCaller(hash)
		return false, caller, err
	}
	r.nativeRow, r.by, r.signing = nativeRow{}, apiKeyRow{}, 0
	var found bool
	var err error
	switch number, numeric := license.ParseID(w.Product); {
	case w.License != 0:
		found, err = tx.one(findCallerAndLicense, []any{hash[:], w.License, guess.Kind, guess.Value}, r.dest...)
	case numeric:
		found, err = tx.one(findCallerAndNumber, []any{hash[:], number, license.FoldKey(w.Key), guess.Kind, guess.Value}, r.dest...)
	default:
		found, err = tx.one(findCallerAndCode, []any{hash[:], w.Product, license.FoldKey(w.Key), guess.Kind, guess.Value}, r.dest...)
	}
	if err == nil && !found {
		err = noCaller()
	}
	if err == nil {
		err = r.by.finish()
	}
	return true, Caller{r.by.APIKey, r.signing}, err
}
