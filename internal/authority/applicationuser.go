package authority

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"licet/internal/license"
	"licet/internal/store"
)

const (
	banReason    = "User banned from triggering ban function in the client"
	maxBanReason = 99 // characters
)

// BanSelf bans the user who signed in, because their app found them out. The address of the visit and the machine, where one
// is said, are kept out from now on, and their sessions end. The reason has at most 99 characters; "" is a fixed one. It
// refuses with NotSignedIn and Invalid (fields reason and hwid).
func (a *Authority) BanSelf(ctx context.Context, v *Visit, reason, hardware string) error {
	if err := v.SignedIn(); err != nil {
		return err
	}
	switch {
	case reason == "":
		reason = banReason
	case utf8.RuneCountInString(reason) > maxBanReason:
		return license.Invalidf("reason", "a reason has at most %d characters", maxBanReason)
	}
	if utf8.RuneCountInString(hardware) > license.MaxHardwareID {
		return license.Invalidf("hwid", "the id of a machine has at most %d characters", license.MaxHardwareID)
	}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		now := a.now()
		u, err := tx.LockApplicationUser(v.App.Tenant, v.Session.User)
		if err != nil {
			return err
		}
		ch := license.BanUser(u.LicenseUser, reason)
		block := store.Block{Tenant: u.Tenant, Product: u.Product, Reason: reason, User: u.ID, Created: now}
		for _, b := range []struct {
			kind  store.BlockKind
			value string
		}{{store.BlockAddress, v.Address}, {store.BlockHardware, hardware}} {
			if block.Kind, block.Value = b.kind, b.value; b.value == "" {
				continue
			}
			if err := tx.AddBlock(&block); err != nil {
				return err
			}
			ch.Events = append(ch.Events, license.Event{Kind: license.BlockAdded, Subject: int64(u.ID),
				Data: map[string]any{"kind": b.kind, "value": b.value, "reason": reason}})
		}
		if _, err := tx.DropSessionsOfUser(u.Tenant, u.ID); err != nil {
			return err
		}
		return tx.Apply(u.Tenant, v.actor(), now, &ch)
	})
}

// RenameSelf gives the user who signed in another name, and ends the session. It refuses with NotSignedIn, NameTooShort,
// Invalid (field username) and NameTaken.
func (a *Authority) RenameSelf(ctx context.Context, v *Visit, name string) error {
	if err := v.SignedIn(); err != nil {
		return err
	}
	if err := v.App.Settings.CheckName(name); err != nil {
		return err
	}
	if strings.EqualFold(name, everybody) {
		return license.Refuse(license.NameTaken)
	}
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockApplicationUser(v.App.Tenant, v.Session.User)
		if err != nil {
			return err
		}
		renamed, err := tx.RenameApplicationUser(u.Tenant, u.Product, u.ID, name)
		if err == nil && !renamed {
			err = license.Refuse(license.NameTaken)
		}
		if err != nil {
			return err
		}
		if _, err := tx.DropSession(u.Tenant, u.Product, v.Session.IDHash); err != nil {
			return err
		}
		return tx.AppendEvents(u.Tenant, v.actor(), a.now(), license.Event{Kind: license.UserRenamed, Subject: int64(u.ID),
			Data: map[string]any{"from": u.Name, "to": name}})
	})
	if license.CodeOf(err) == license.Conflict {
		return license.Refuse(license.NameTaken)
	}
	return err
}

// ForgotPassword is for a user who wants another password by mail. There is no mail: at last it refuses with MailUnavailable.
// Before, it refuses with AddressLocked, UserUnknown, EmailRequired where no address is known of the user, and Invalid (field
// email) for another one than theirs.
func (a *Authority) ForgotPassword(ctx context.Context, v *Visit, name, email string) error {
	var u license.ApplicationUser
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		if err = a.guardVisit(tx, v, ""); err == nil {
			u, err = tx.FindApplicationUser(v.App.Tenant, v.App.Product, name)
		}
		return err
	})
	switch {
	case err != nil:
		return a.countUnknown(ctx, v, err)
	case u.Email == nil:
		return license.Refuse(license.EmailRequired)
	}
	digests := a.keyring.EmailDigests(v.App.Tenant, email)
	if !slices.ContainsFunc(digests, func(d []byte) bool { return bytes.Equal(d, u.Email) }) {
		if err := a.guessed(ctx, v, nil, license.EmailRequired); license.ReasonOf(err) != license.EmailRequired {
			return err
		}
		return license.Invalidf("email", "that is not the e-mail address of the user")
	}
	return license.Refuse(license.MailUnavailable)
}
