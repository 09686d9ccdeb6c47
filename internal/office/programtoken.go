package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// hintMark stands for what a hint leaves out.
const hintMark = "…"

// CreateProgramToken makes a token that a program of an application brings in a file of its own, where the application asks for
// that (keyauth.md §6, 6): 32 hexadecimal digits, 128 random bits, which are returned this once. holder says whose it is, in 0 to 200
// characters.
func (o *Office) CreateProgramToken(ctx context.Context, actor identity.Actor, product, holder string) (identity.Secret, store.ProgramToken, error) {
	if err := checkText("holder", holder, 0, maxName); err != nil {
		return "", store.ProgramToken{}, err
	}
	var raw [16]byte
	if _, err := io.ReadFull(o.d.Rand, raw[:]); err != nil {
		return "", store.ProgramToken{}, fmt.Errorf("make a token: %w", err)
	}
	text := hex.EncodeToString(raw[:])
	var t store.ProgramToken
	err := o.changeAt(ctx, actor, identity.WriteLicenses, product, func(at place) (license.Event, error) {
		t = store.ProgramToken{Hash: sha256.Sum256([]byte(text)), Hint: hintMark + text[len(text)-4:], Holder: holder, Created: at.now}
		return license.Event{Kind: license.ProgramTokenMade, Data: map[string]any{"hint": t.Hint, "holder": holder}},
			at.InsertProgramToken(at.tenant, at.app, &t)
	})
	if err != nil {
		return "", store.ProgramToken{}, err
	}
	return identity.Secret(text), t, nil
}

// BanProgramToken keeps a program out by its token, which is named by itself, by its handle, or by its hint, with or without the dots, where only one has
// it. The program is told the reason (keyauth.md §6). It refuses with ProgramTokenUnknown, and with Conflict for a hint that several
// have.
func (o *Office) BanProgramToken(ctx context.Context, actor identity.Actor, product, token, reason string) error {
	if err := checkText("reason", reason, 0, maxName); err != nil {
		return err
	}
	return o.judgeToken(ctx, actor, product, token, true, reason)
}

// UnbanProgramToken lets a program in again. It refuses as BanProgramToken does.
func (o *Office) UnbanProgramToken(ctx context.Context, actor identity.Actor, product, token string) error {
	return o.judgeToken(ctx, actor, product, token, false, "")
}

func (o *Office) judgeToken(ctx context.Context, actor identity.Actor, product, token string, banned bool, reason string) error {
	return o.changeAt(ctx, actor, identity.WriteLicenses, product, func(at place) (license.Event, error) {
		t, err := at.programToken(token)
		if err != nil {
			return license.Event{}, err
		}
		return license.Event{Kind: license.ProgramTokenChanged, Data: map[string]any{"hint": t.Hint, "banned": banned, "reason": reason}},
			at.BanProgramToken(at.tenant, at.app, t.Hash, banned, reason)
	})
}

// programToken finds a token by itself, its handle or its hint.
func (at place) programToken(token string) (store.ProgramToken, error) {
	hash := sha256.Sum256([]byte(token))
	if raw, err := hex.DecodeString(token); err == nil && len(raw) == len(hash) {
		copy(hash[:], raw)
	}
	t, err := at.FindProgramToken(at.tenant, at.app, hash)
	if license.ReasonOf(err) != license.ProgramTokenUnknown {
		return t, err
	}
	alike, listErr := at.ProgramTokensByHint(at.tenant, at.app, hintMark+strings.TrimPrefix(token, hintMark))
	switch {
	case listErr != nil:
		return t, listErr
	case len(alike) == 1:
		return alike[0], nil
	case len(alike) > 1:
		return t, &license.Error{Code: license.Conflict, Message: "several tokens have this hint; name the handle"}
	}
	return t, err
}

// ListProgramTokens returns the tokens of an application by their handles, above the handle after ("" is the beginning); limit is 1
// to 1000.
func (o *Office) ListProgramTokens(ctx context.Context, actor identity.Actor, product, after string, limit int) (list []store.ProgramToken, err error) {
	var bound [sha256.Size]byte
	if raw, err := hex.DecodeString(after); err == nil && len(raw) == len(bound) {
		copy(bound[:], raw)
	}
	err = o.lookAt(ctx, actor, identity.ReadLicenses, product, func(at place) (err error) {
		list, err = at.ListProgramTokens(at.tenant, at.app, bound, limit)
		return err
	})
	return list, err
}
