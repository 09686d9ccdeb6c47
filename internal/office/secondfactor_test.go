package office_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// protected is somebody with a second factor.
type protected struct {
	*house
	email    string
	actor    identity.Actor
	secret   identity.Secret
	recovery []identity.Secret
}

// code is what the authenticator app shows now.
func (p *protected) code() string {
	p.t.Helper()
	code, err := identity.TOTP(p.secret.Reveal(), p.now())
	p.ok(err)
	return code
}

// pending signs in with the password.
func (p *protected) pending() identity.Secret {
	p.t.Helper()
	s, token, err := p.SignIn(p.t.Context(), p.email, goodPassword, office.Visitor{})
	p.ok(err)
	if !s.Pending {
		p.t.Fatal("SignIn with a second factor is not pending")
	}
	return token
}

// show shows a code for a new session.
func (p *protected) show(code string) error {
	p.t.Helper()
	_, _, err := p.SignInSecondFactor(p.t.Context(), p.pending(), code, office.Visitor{})
	return err
}

// next waits until the app shows another code.
func (p *protected) next() { p.advance(30 * time.Second) }

// protect makes somebody with a second factor.
func (h *house) protect(email string) *protected {
	h.t.Helper()
	m := h.cheapUser(email)
	actor, err := h.ActorFor(h.t.Context(), m.User.ID, h.tenant)
	h.ok(err)
	start, err := h.BeginTOTP(h.t.Context(), actor)
	h.ok(err)
	p := &protected{house: h, email: email, actor: actor, secret: start.Secret}
	p.recovery, err = h.ConfirmTOTP(h.t.Context(), actor, p.code())
	h.ok(err)
	p.next()
	return p
}

func TestEnrollment(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		m := h.cheapUser("ann@acme.test")
		ann, err := h.ActorFor(ctx, m.User.ID, h.tenant)
		h.ok(err)
		code := func(secret identity.Secret) string {
			text, err := identity.TOTP(secret.Reveal(), h.now())
			h.ok(err)
			return text
		}
		_, err = h.ConfirmTOTP(ctx, ann, "123456")
		want(t, "ConfirmTOTP before BeginTOTP", err, license.SecondFactorLate)
		start, err := h.BeginTOTP(ctx, ann)
		h.ok(err)
		if uri, err := url.Parse(start.URI); err != nil || uri.Query().Get("secret") != start.Secret.Reveal() || uri.Path != "/ann@acme.test" {
			t.Errorf("URI = %s", start.URI)
		}
		again, err := h.BeginTOTP(ctx, ann)
		h.ok(err)
		if again.Secret.Reveal() != start.Secret.Reveal() {
			t.Error("BeginTOTP again gives another secret")
		}
		if s, _ := h.enter("ann@acme.test"); s.Pending {
			t.Error("a secret that nobody confirmed is asked for")
		}
		_, err = h.ConfirmTOTP(ctx, ann, "000000")
		want(t, "ConfirmTOTP with a wrong code", err, license.SecondFactorWrong)
		h.advance(30 * minute)
		_, err = h.ConfirmTOTP(ctx, ann, code(start.Secret))
		want(t, "ConfirmTOTP after half an hour", err, license.SecondFactorLate)
		start, err = h.BeginTOTP(ctx, ann)
		h.ok(err)
		if start.Secret.Reveal() == again.Secret.Reveal() {
			t.Error("BeginTOTP after half an hour gives the old secret")
		}
		text := code(start.Secret)
		recovery, err := h.ConfirmTOTP(ctx, ann, text[:3]+" "+text[3:])
		h.ok(err)
		distinct := map[identity.Secret]bool{}
		for _, c := range recovery {
			distinct[c] = true
		}
		f, err := h.FindSecondFactor(ctx, ann)
		if err != nil || len(distinct) != 10 || f.TOTPSince != h.now() || f.RecoveryLeft != 10 || len(f.Passkeys) != 0 {
			t.Errorf("FindSecondFactor = %+v, %v with %d codes", f, err, len(distinct))
		}
		_, err = h.BeginTOTP(ctx, ann)
		want(t, "BeginTOTP with a second factor", err, license.SecondFactorOn)
		_, err = h.ConfirmTOTP(ctx, ann, code(start.Secret))
		want(t, "ConfirmTOTP with a second factor", err, license.SecondFactorOn)
	})
}

func TestSecondFactor(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann := h.protect("ann@acme.test")
		t.Run("pending_is_nobody", func(t *testing.T) {
			token := ann.pending()
			s := h.resume(t, token)
			if actor := s.Actor(); actor.Kind != "" {
				t.Errorf("Actor of a pending session = %s, want nobody", actor)
			}
			_, err := h.FindSecondFactor(ctx, s.Actor())
			wantCode(t, "FindSecondFactor while pending", err, license.Unauthenticated)
			wantCode(t, "SwitchTenant while pending", h.SwitchTenant(ctx, token, h.tenant), license.Unauthenticated)
			list, err := h.ListWebSessions(ctx, ann.actor)
			if len(list) != 0 || err != nil {
				t.Errorf("ListWebSessions = %v, %v, want none: it is pending", list, err)
			}
			h.advance(10 * minute)
			h.wantOut(t, "that was pending for ten minutes", token)
			_, _, err = h.SignInSecondFactor(ctx, token, ann.code(), from)
			wantCode(t, "SignInSecondFactor after ten minutes", err, license.Unauthenticated)
		})
		t.Run("code", func(t *testing.T) {
			token := ann.pending()
			s, next, err := h.SignInSecondFactor(ctx, token, ann.code(), from)
			h.ok(err)
			if actor := s.Actor(); s.Pending || actor.User != ann.actor.User || actor.Tenant != h.tenant {
				t.Errorf("SignInSecondFactor = %+v", s)
			}
			h.wantOut(t, "by the token of the pending session", token)
			h.resume(t, next)
			_, _, err = h.SignInSecondFactor(ctx, next, ann.code(), from)
			wantCode(t, "SignInSecondFactor of who is signed in", err, license.Unauthenticated)
		})
		t.Run("replay", func(t *testing.T) {
			want(t, "the code that was taken", ann.show(ann.code()), license.SecondFactorWrong)
			for range 6 { // It is no guess, so nothing is counted.
				want(t, "the code that was taken", ann.show(ann.code()), license.SecondFactorWrong)
			}
			ann.next()
			want(t, "the next code", ann.show(ann.code()), "")
		})
		t.Run("recovery_code", func(t *testing.T) {
			typed := strings.ToLower(strings.ReplaceAll(ann.recovery[0].Reveal(), "-", " "))
			want(t, "a recovery code", ann.show(typed), "")
			want(t, "a recovery code again", ann.show(typed), license.SecondFactorWrong)
			f, err := h.FindSecondFactor(ctx, ann.actor)
			if err != nil || f.RecoveryLeft != 9 {
				t.Errorf("RecoveryLeft = %d, %v, want 9", f.RecoveryLeft, err)
			}
			_, err = h.RenewRecoveryCodes(ctx, ann.actor, "wrong", from)
			want(t, "RenewRecoveryCodes with a wrong password", err, license.CredentialsWrong)
			renewed, err := h.RenewRecoveryCodes(ctx, ann.actor, goodPassword, from)
			h.ok(err)
			want(t, "a recovery code that was replaced", ann.show(ann.recovery[1].Reveal()), license.SecondFactorWrong)
			want(t, "a new recovery code", ann.show(renewed[9].Reveal()), "")
		})
		t.Run("off", func(t *testing.T) {
			want(t, "DropTOTP with a wrong password", h.DropTOTP(ctx, ann.actor, "wrong", from), license.CredentialsWrong)
			want(t, "DropTOTP", h.DropTOTP(ctx, ann.actor, goodPassword, from), "")
			want(t, "DropTOTP again", h.DropTOTP(ctx, ann.actor, goodPassword, from), license.SecondFactorOff)
			_, err := h.RenewRecoveryCodes(ctx, ann.actor, goodPassword, from)
			want(t, "RenewRecoveryCodes without a second factor", err, license.SecondFactorOff)
			if s, _ := h.enter("ann@acme.test"); s.Pending {
				t.Error("SignIn is pending without a second factor")
			}
		})
		t.Run("reset_by_the_operator", func(t *testing.T) {
			bob := h.protect("bob@acme.test")
			_, token, err := h.SignInSecondFactor(ctx, bob.pending(), bob.code(), from)
			h.ok(err)
			want(t, "ResetSecondFactor by an owner", h.ResetSecondFactor(ctx, h.boss, "bob@acme.test"), license.PermissionMissing)
			want(t, "ResetSecondFactor", h.ResetSecondFactor(ctx, operator(), "bob@acme.test"), "")
			h.wantOut(t, "after ResetSecondFactor", token)
			if s, _ := h.enter("bob@acme.test"); s.Pending {
				t.Error("SignIn is pending after ResetSecondFactor")
			}
		})
	})
}

// Wrong codes count as wrong passwords do, and the password in between takes nothing back.
func TestSecondFactorLockout(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann := h.protect("ann@acme.test")
		locked := func(t *testing.T, err error, wait time.Duration) {
			t.Helper()
			e, ok := errors.AsType[*license.Error](err)
			if !ok || e.Reason != license.LoginLocked || e.RetryAfter != wait {
				t.Errorf("%v, want login_locked for %s", err, wait)
			}
		}
		t.Run("S0-48", func(t *testing.T) {
			for range 4 {
				want(t, "a wrong code", ann.show("000000"), license.SecondFactorWrong)
			}
			token := ann.pending()
			_, _, err := h.SignInSecondFactor(ctx, token, "nonsense", office.Visitor{})
			want(t, "the fifth wrong code", err, license.SecondFactorWrong)
			_, _, err = h.SignInSecondFactor(ctx, token, ann.code(), office.Visitor{})
			locked(t, err, 15*minute)
			_, _, err = h.SignInSecondFactor(ctx, token, ann.recovery[0].Reveal(), office.Visitor{})
			locked(t, err, 15*minute)
			_, _, err = h.SignIn(ctx, ann.email, goodPassword, office.Visitor{})
			locked(t, err, 15*minute)
			h.advance(15 * minute)
			want(t, "the recovery code after the lock", ann.show(ann.recovery[0].Reveal()), "")
		})
		t.Run("a_right_code_takes_failures_back", func(t *testing.T) {
			for range 3 {
				for range 4 {
					want(t, "a wrong code", ann.show("000000"), license.SecondFactorWrong)
				}
				ann.next()
				want(t, "a right code", ann.show(ann.code()), "")
			}
		})
	})
}

// once runs do 64 times at once and fails unless it is done exactly once.
func once(t *testing.T, what string, do func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	var ok atomic.Int64
	for i := range 64 {
		wg.Go(func() {
			err := do(i)
			switch license.CodeOf(err) {
			case license.Internal, license.Unavailable:
				t.Errorf("%s = %v, want ok or a refusal", what, err)
			}
			if err == nil {
				ok.Add(1)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 {
		t.Errorf("%s by 64 at once was done %d times, want once", what, ok.Load())
	}
}

func TestCodesAreGoodOnce(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ann := h.protect("ann@acme.test")
		tokens := make([]identity.Secret, 64)
		for i := range tokens {
			tokens[i] = ann.pending()
		}
		code := ann.code()
		once(t, "SignInSecondFactor with one code", func(i int) error {
			_, _, err := h.SignInSecondFactor(t.Context(), tokens[i], code, office.Visitor{})
			return err
		})
		token := ann.pending()
		ann.next()
		once(t, "SignInSecondFactor of one session", func(i int) error {
			_, _, err := h.SignInSecondFactor(t.Context(), token, ann.recovery[i%10].Reveal(), office.Visitor{})
			return err
		})
		for i := range tokens {
			tokens[i] = ann.pending()
		}
		f, err := h.FindSecondFactor(t.Context(), ann.actor)
		if err != nil || f.RecoveryLeft != 9 {
			t.Errorf("RecoveryLeft = %d, %v, want 9", f.RecoveryLeft, err)
		}
		renewed, err := h.RenewRecoveryCodes(t.Context(), ann.actor, goodPassword, office.Visitor{})
		h.ok(err)
		once(t, "SignInSecondFactor with one recovery code", func(i int) error {
			_, _, err := h.SignInSecondFactor(t.Context(), tokens[i], renewed[0].Reveal(), office.Visitor{})
			return err
		})
	})
}
