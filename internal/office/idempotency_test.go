package office_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestIdempotency(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		app := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Key: 12, Name: "shop"}
		one, other := [32]byte{1}, [32]byte{2}
		begin := func(name string, digest [32]byte) office.Once {
			t.Helper()
			once, err := h.Begin(ctx, app, name, digest)
			h.ok(err)
			return once
		}

		t.Run("one_of_many_goes_on", func(t *testing.T) {
			var wait sync.WaitGroup
			var mu sync.Mutex
			var won []office.Once
			for range 64 {
				wait.Go(func() {
					once, err := h.Begin(ctx, app, "race", one)
					switch {
					case err == nil && !once.Answered:
						mu.Lock()
						won = append(won, once)
						mu.Unlock()
					case license.CodeOf(err) != license.Conflict || license.Describe(err).RetryAfter != time.Second:
						t.Errorf("Begin beside the winner = %+v, %v, want a conflict that says when to come again", once, err)
					}
				})
			}
			wait.Wait()
			if len(won) != 1 {
				t.Fatalf("%d of 64 went on, want 1", len(won))
			}
			h.ok(h.Finish(ctx, won[0], 201, []byte(`{"id":"7"}`)))
			again := begin("race", one)
			if !again.Answered || again.Status != 201 || string(again.Answer) != `{"id":"7"}` {
				t.Errorf("the same again = %+v, want the answer", again)
			}
		})

		t.Run("of_each_alone", func(t *testing.T) {
			for what, actor := range map[string]identity.Actor{
				"another_key":    {Kind: identity.ClientApp, Tenant: h.tenant, Key: 13},
				"another_tenant": {Kind: identity.ClientApp, Tenant: h.tenant + 1, Key: 12},
			} {
				if once, err := h.Begin(ctx, actor, "race", other); err != nil || once.Answered {
					t.Errorf("Begin of %s = %+v, %v, want to go on", what, once, err)
				}
			}
			_, err := h.Begin(ctx, identity.Actor{}, "race", one)
			wantCode(t, "Begin of nobody", err, license.Unauthenticated)
			_, err = h.Begin(ctx, app, "", one)
			wantCode(t, "Begin without a name", err, license.Invalid)
		})

		t.Run("another_request", func(t *testing.T) {
			_, err := h.Begin(ctx, app, "race", other)
			if wantCode(t, "Begin of another request", err, license.Conflict); license.Describe(err).Field != "idempotency_key" {
				t.Errorf("the field is %q, want idempotency_key", license.Describe(err).Field)
			}
		})

		t.Run("given_up", func(t *testing.T) {
			h.ok(h.Abandon(ctx, begin("failed", one)))
			if begin("failed", other).Answered {
				t.Error("a request that was given up is answered")
			}
			h.ok(h.Abandon(ctx, begin("race", one))) // an answer stays
			if !begin("race", one).Answered {
				t.Error("Abandon has dropped an answer")
			}
		})

		t.Run("lost", func(t *testing.T) {
			lost := begin("lost", one)
			h.advance(2 * time.Minute)
			_, err := h.Begin(ctx, app, "lost", one)
			if wantCode(t, "Begin after a crash", err, license.Conflict); license.Describe(err).RetryAfter != 0 {
				t.Errorf("Begin after a crash = %v, want nothing about trying again", err)
			}
			h.ok(h.Finish(ctx, lost, 200, nil)) // it was slow, after all
			if again := begin("lost", one); !again.Answered || again.Status != 200 || len(again.Answer) != 0 {
				t.Errorf("the slow one again = %+v, want status 200 and nothing else", again)
			}
		})

		t.Run("large", func(t *testing.T) {
			body := bytes.Repeat([]byte("x"), 1<<20)
			h.ok(h.Finish(ctx, begin("large", one), 200, body))
			if !bytes.Equal(begin("large", one).Answer, body) {
				t.Error("an answer of 1 MiB is not given again")
			}
			h.ok(h.Finish(ctx, begin("larger", one), 200, append(body, 'x')))
			_, err := h.Begin(ctx, app, "larger", one)
			wantCode(t, "Begin after an answer that was too large", err, license.Conflict)
		})

		t.Run("forgotten", func(t *testing.T) {
			h.advance(24 * time.Hour)
			h.ok(h.Prune(ctx))
			fresh := begin("fresh", one)
			h.advance(24*time.Hour - time.Second)
			h.ok(h.Finish(ctx, fresh, 200, []byte("still")))
			h.ok(h.Prune(ctx))
			if again := begin("fresh", one); string(again.Answer) != "still" {
				t.Errorf("within 24 hours = %+v, want the answer", again)
			}
			h.advance(2 * time.Second)
			late := begin("fresh", other) // before anybody has pruned
			if late.Answered {
				t.Error("a name is free again after 24 hours")
			}
			h.ok(h.Finish(ctx, fresh, 500, nil)) // of one that has lost its name
			h.ok(h.Finish(ctx, late, 204, nil))
			if again := begin("fresh", other); again.Status != 204 {
				t.Errorf("again = %+v, want status 204", again)
			}
			if begin("race", other).Answered {
				t.Error("Prune has left an old answer")
			}
		})
	})
}
