package authority

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewSession is what an app says when it begins (keyauth.md §6).
type NewSession struct {
	Address   string
	Enckey    string // of the app's making, for the older dialect
	Version   string // "" is not said
	Hash      string // of the program; "" is not said
	Token     string // of the program; "" is none
	TokenHash string // of the file that the token came in; "" is not said
	Legacy    bool   // in the older dialect
}

const (
	sessionSize = 16  // random bytes of a session's id
	maxHash     = 128 // bytes of a hash in text
)

// OpenSession begins a session of an application, which nobody has signed in with yet, and returns its id: 32 hexadecimal
// digits. In this order it refuses with EncryptionRequired, ApplicationDisabled, ApplicationPaused, ProgramTokenRequired,
// ProgramHashRequired, ProgramTokenUnknown, ProgramTokenBanned, whose message is the reason where there is one,
// ProgramTokenMoved, VersionOutdated and ProgramChanged.
func (a *Authority) OpenSession(ctx context.Context, app *license.Application, n NewSession) (session identity.Secret, err error) {
	defer func() { a.visited(app, store.CallSession, err) }()
	s := app.Settings
	switch {
	case n.Legacy && s.ForceEncryption && n.Enckey == "":
		return "", license.Refuse(license.EncryptionRequired)
	case app.Disabled:
		return "", license.Refuse(license.ApplicationDisabled)
	case app.PausedAt != 0:
		return "", license.Refuse(license.ApplicationPaused)
	}
	fresh, err := a.checkToken(ctx, app, &n)
	if err != nil {
		return "", err
	}
	learn := s.CheckHash && s.LearnHash && len(s.Hashes) == 0 && n.Hash != "" && len(n.Hash) <= maxHash
	switch {
	case n.Version != "" && n.Version != app.Version:
		return "", license.Refuse(license.VersionOutdated)
	case s.CheckHash && !learn && !s.HasHash(n.Hash):
		return "", license.Refuse(license.ProgramChanged)
	}
	raw := make([]byte, sessionSize)
	if _, err := io.ReadFull(a.rand, raw); err != nil {
		return "", err
	}
	id := hex.EncodeToString(raw)
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		if learn {
			if err := a.learnHash(tx, app, n.Hash); err != nil {
				return err
			}
		}
		if fresh {
			if err := a.takeToken(tx, app, &n); err != nil {
				return err
			}
		}
		now := a.now()
		return tx.InsertSession(&store.ApplicationSession{
			Tenant: app.Tenant, IDHash: sha256.Sum256([]byte(id)), Product: app.Product, Enckey: n.Enckey, Address: n.Address,
			Created: now, Expires: now.Add(time.Duration(s.SessionSeconds) * time.Second),
		})
	})
	if err != nil {
		return "", err
	}
	return identity.Secret(id), nil
}

// checkToken refuses a program without a good token, where an application asks for one. fresh is for a token that comes for the
// first time: its file becomes the only one it may come in.
func (a *Authority) checkToken(ctx context.Context, app *license.Application, n *NewSession) (fresh bool, err error) {
	switch {
	case !app.Settings.RequireToken:
		return false, nil
	case n.Token == "":
		return false, license.Refuse(license.ProgramTokenRequired)
	case n.TokenHash == "":
		return false, license.Refuse(license.ProgramHashRequired)
	}
	var token store.ProgramToken
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		token, err = tx.FindProgramToken(app.Tenant, app.Product, sha256.Sum256([]byte(n.Token)))
		return err
	})
	switch {
	case err != nil:
		return false, err
	case token.Banned:
		return false, because(license.ProgramTokenBanned, token.BanReason)
	case token.FileHash != "" && token.FileHash != strings.ToLower(n.TokenHash), len(n.TokenHash) > maxHash:
		return false, license.Refuse(license.ProgramTokenMoved)
	}
	return token.FileHash == "", nil
}

// takeToken remembers the file that a token came in for the first time.
func (a *Authority) takeToken(tx *store.Tx, app *license.Application, n *NewSession) error {
	hash := sha256.Sum256([]byte(n.Token))
	set, err := tx.SetProgramTokenFile(app.Tenant, app.Product, hash, strings.ToLower(n.TokenHash))
	if err == nil && !set {
		err = license.Refuse(license.ProgramTokenMoved)
	}
	if err != nil {
		return err
	}
	token := store.ProgramToken{Hash: hash}
	return tx.AppendEvents(app.Tenant, actor, a.now(), license.Event{Kind: license.ProgramTokenChanged, Subject: int64(app.Product),
		Data: map[string]any{"token": token.Handle(), "file_hash": strings.ToLower(n.TokenHash)}})
}

// learnHash makes the hash of the first program seen the one that may run.
func (a *Authority) learnHash(tx *store.Tx, app *license.Application, hash string) error {
	locked, err := tx.LockApplication(app.Tenant, app.Product)
	if err != nil {
		return err
	}
	s := *locked.Settings
	switch {
	case s.HasHash(hash):
		return nil // Another one of the same program was first.
	case len(s.Hashes) > 0:
		return license.Refuse(license.ProgramChanged)
	}
	s.Hashes = append(slices.Clone(s.Hashes), strings.ToLower(hash))
	locked.Settings = &s
	if _, err := tx.SaveApplication(&locked); err != nil {
		return err
	}
	return tx.AppendEvents(app.Tenant, actor, a.now(), license.Event{Kind: license.ApplicationChanged, Subject: int64(app.Product),
		Data: map[string]any{"learned_hash": strings.ToLower(hash)}})
}
