package store

import (
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
	r, caller, err := tx.callerRow(hash, w, guess)
	if err != nil {
		return caller, license.State{}, err
	}
	w.Tenant, w.Products = caller.Key.Tenant, caller.Key.Products
	if err := allow(&caller); err != nil {
		return caller, license.State{}, err
	}
	switch {
	case r == nil, r.Product.ID == 0 && w.License == 0: // A number may be that of a product, or its identity.
		state, err := tx.FindNative(w, c)
		return caller, state, err
	case r.Product.ID == 0:
		return caller, license.State{}, license.Refuse(license.KeyUnknown)
	}
	state, err := tx.nativeState(r, w, c, guess)
	return caller, state, err
}

// callerRow runs the statement that fits; no row where who asks must be known first.
func (tx *Tx) callerRow(hash identity.TokenHash, w *NativeLookup, guess license.Binding) (*nativeRow, Caller, error) {
	asks := w.License != 0 || w.Key != "" && w.Product != ""
	if !asks || checkText(w.Key) != nil || checkText(w.Product) != nil || checkText(guess.Value) != nil {
		caller, err := tx.FindCaller(hash)
		return nil, caller, err
	}
	row := struct {
		nativeRow
		by      apiKeyRow
		signing int64
	}{}
	k := &row.by.APIKey
	dest := make([]any, 0, 48)
	dest = append(dest, &k.ID, &k.Tenant, &k.Name, &row.by.scopes, &k.ExpiresAt, &k.RevokedAt, &row.by.products, &row.signing)
	dest = row.nativeRow.into(dest)
	var found bool
	var err error
	switch number, numeric := license.ParseID(w.Product); {
	case w.License != 0:
		found, err = tx.one(findCallerAndLicense, []any{hash[:], w.License, guess.Kind, guess.Value}, dest...)
	case numeric:
		found, err = tx.one(findCallerAndNumber, []any{hash[:], number, license.FoldKey(w.Key), guess.Kind, guess.Value}, dest...)
	default:
		found, err = tx.one(findCallerAndCode, []any{hash[:], w.Product, license.FoldKey(w.Key), guess.Kind, guess.Value}, dest...)
	}
	if err == nil && !found {
		err = noCaller()
	}
	if err == nil {
		err = row.by.finish()
	}
	return &row.nativeRow, Caller{row.by.APIKey, row.signing}, err
}
