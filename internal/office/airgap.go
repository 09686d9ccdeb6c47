package office

import (
	"context"
	"strconv"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// An air-gapped device and its vendor exchange short codes by hand (contract License API §9): the license's owner gets
// the initialization code, the app answers with an activation code, and gets the confirmation code for that.

// AirGapStart is what a license's owner carries to an air-gapped device.
type AirGapStart struct {
	License            license.LicenseRecord
	InitializationCode identity.Secret // with it the app makes activation codes; the license's for ever
	PublicKey          string          // the company's, which is built into the app: base64 of X and Y
}

// AirGapInit returns the initialization code of a license, and the company's public key, both made at the first request.
// It refuses with offline_refused where the license may not be activated offline, and with auth_method_wrong for one
// without a key.
func (o *Office) AirGapInit(ctx context.Context, actor identity.Actor, ref Ref) (start AirGapStart, err error) {
	if err := mayWithin(actor, identity.WriteLicenses); err != nil {
		return AirGapStart{}, err
	}
	fresh, err := signing.GenerateAirGap(o.d.Rand)
	if err != nil {
		return AirGapStart{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		r, err := airGapped(tx, actor, ref)
		if err != nil {
			return err
		}
		if r.Terms.RefuseOffline {
			return license.Refuse(license.OfflineRefused)
		}
		sealFor := store.AirGapContext(r.Tenant, r.ID)
		sealed, err := tx.AddAirGapScalar(r.Tenant, r.ID, o.d.Keyring.Seal(sealFor, fresh.Scalar()))
		if err != nil {
			return err
		}
		key, err := o.openAirGap(sealFor, sealed)
		if err != nil {
			return err
		}
		company, err := o.companyKey(tx, actor)
		if err != nil {
			return err
		}
		start = AirGapStart{License: r, InitializationCode: identity.Secret(key.InitializationCode()), PublicKey: company.PublicXY()}
		return nil
	})
	if err != nil {
		return AirGapStart{}, err
	}
	return start, nil
}

// AirGapConfirm activates a device by the activation code that the app on it showed, and returns the confirmation code,
// with which the app accepts the policy file with the identity policyID; "" is that of the license itself. It may be
// asked again. It refuses with signature_bad for a code of another license or device, as license.Activate does for an
// activation by file, and with auth_method_wrong for a license without a key.
func (o *Office) AirGapConfirm(ctx context.Context, actor identity.Actor, ref Ref, hardwareID, activationCode, policyID string) (string, error) {
	return o.airGap(ctx, actor, ref, hardwareID, activationCode, policyID, license.Activate)
}

// AirGapFree frees the place of a device by the code that the app on it showed when it was told to give up the license,
// and returns the confirmation code. It refuses as [Office.AirGapConfirm], and as license.Deactivate does. It works where
// the license may no longer be activated offline: what is out must come back.
func (o *Office) AirGapFree(ctx context.Context, actor identity.Actor, ref Ref, hardwareID, code, policyID string) (string, error) {
	return o.airGap(ctx, actor, ref, hardwareID, code, policyID, license.Deactivate)
}

// airGap verifies the code of a device, decides about the device, and confirms.
func (o *Office) airGap(ctx context.Context, actor identity.Actor, ref Ref, hardwareID, code, policyID string,
	decide func(*license.State, *license.Claim, license.Time) (license.Change, error)) (confirmation string, err error) {
	if err := mayWithin(actor, identity.WriteLicenses); err != nil {
		return "", err
	}
	if err := checkText("hardware_id", hardwareID, 1, 1000); err != nil {
		return "", err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		r, err := airGapped(tx, actor, ref)
		if err != nil {
			return err
		}
		if err := o.verifyAirGap(tx, &r, hardwareID, code); err != nil {
			return err
		}
		claim := license.Claim{HardwareID: hardwareID, Offline: true}
		s, err := tx.LockState(&license.State{License: r.License}, &claim, now)
		if err != nil {
			return err
		}
		s.Origin = nil // The vendor's people speak for the device: from where they do is not where it is.
		ch, err := decide(&s, &claim, now)
		if err != nil {
			return err
		}
		if err := tx.Apply(r.Tenant, actor.String(), now, &ch); err != nil {
			return err
		}
		company, err := o.companyKey(tx, actor)
		if err != nil {
			return err
		}
		if policyID == "" {
			policyID = strconv.FormatInt(int64(r.ID), 10)
		}
		confirmation, err = company.ConfirmationCode(o.d.Rand, hardwareID, r.Key, policyID)
		return err
	})
	if err != nil {
		return "", err
	}
	return confirmation, nil
}

// airGapped finds a license that codes can speak of: they are made over its key.
func airGapped(tx *store.Tx, actor identity.Actor, ref Ref) (license.LicenseRecord, error) {
	id, err := resolve(tx, actor, ref)
	if err != nil {
		return license.LicenseRecord{}, err
	}
	r, err := tx.FindLicense(actor.Tenant, id)
	if err == nil && r.Key == "" {
		err = license.Refuse(license.AuthMethodWrong)
	}
	return r, err
}

// verifyAirGap checks a code that an app made with the initialization code of a license. Without one nobody can have made
// any.
func (o *Office) verifyAirGap(tx *store.Tx, r *license.LicenseRecord, hardwareID, code string) error {
	sealed, err := tx.AirGapScalar(r.Tenant, r.ID)
	if err != nil {
		return err
	}
	if sealed == nil {
		return license.Refuse(license.SignatureBad)
	}
	key, err := o.openAirGap(store.AirGapContext(r.Tenant, r.ID), sealed)
	if err != nil {
		return err
	}
	if key.VerifyActivationCode(code, hardwareID, r.Key) != nil {
		return license.Refuse(license.SignatureBad)
	}
	return nil
}

// companyKey returns the key that confirms the codes of a tenant, made where there is none.
func (o *Office) companyKey(tx *store.Tx, actor identity.Actor) (*signing.AirGapKey, error) {
	known, found, err := tx.FindSigningKey(actor.Tenant, store.AirGapKey)
	if err == nil && !found {
		// The tenant is the lock: of two first requests, the second finds what the first made.
		if _, err = tx.LockTenant(actor.Tenant); err == nil {
			known, found, err = tx.FindSigningKey(actor.Tenant, store.AirGapKey)
		}
	}
	if err != nil {
		return nil, err
	}
	if found {
		return o.openAirGap(known.Context(), known.Private)
	}
	fresh, err := signing.GenerateAirGap(o.d.Rand)
	if err != nil {
		return nil, err
	}
	now := o.d.Now()
	key := store.SigningKey{Tenant: actor.Tenant, Purpose: store.AirGapKey, Algorithm: "p-256", Public: fresh.PublicXY(), Created: now}
	key.Private = o.d.Keyring.Seal(key.Context(), fresh.Scalar())
	if err := tx.InsertSigningKey(&key); err != nil {
		return nil, err
	}
	return fresh, tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.AirGapKeyCreated, Subject: key.ID,
		Data: map[string]any{"public_key": key.Public}})
}

func (o *Office) openAirGap(context string, sealed []byte) (*signing.AirGapKey, error) {
	scalar, err := o.d.Keyring.Open(context, sealed)
	if err == nil {
		key, parseErr := signing.ParseAirGap(scalar)
		if parseErr == nil {
			return key, nil
		}
		err = parseErr
	}
	return nil, license.Wrap(license.Internal, "the air-gap key cannot be read; is this the right master key?", err)
}
