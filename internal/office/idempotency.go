package office

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Once is a request that its sender may send again and that is carried out once.
type Once struct {
	Answered bool   // it was carried out before: give Status and Answer again
	Status   int    // of the answer
	Answer   []byte // as it was given to [Office.Finish]

	claim store.Idempotency
}

const (
	onceKept   = 24 * time.Hour   // how long an answer is given again
	onceTaken  = 2 * time.Minute  // no request takes so long; one without an answer has been lost
	onceAgain  = time.Second      // when to look again
	maxAnswer  = 1 << 20          // bytes of an answer that are kept
	maxOnce    = 255              // characters of a name
	pruneBatch = 500              // rows that are forgotten in one transaction
	pruneMost  = 100 * pruneBatch // rows that one Prune forgets
)

// Begin takes name for a request of the actor, whose digest says what it asks for. Of any number that begin at once, with whatever servers,
// one goes on: it calls Finish with its answer, or Abandon. For 24 hours, whoever begins with the same name and digest is given that
// answer.
//
// Conflict, with Field "idempotency_key", says that the name stands for another request; that this request is being carried out now, with
// a RetryAfter; that its outcome is unknown, since the server ended in the middle of it; or that its answer was too large to be kept.
func (o *Office) Begin(ctx context.Context, actor identity.Actor, name string, digest [32]byte) (Once, error) {
	switch {
	case actor.Kind == "":
		return Once{}, &license.Error{Code: license.Unauthenticated, Message: "sign in first"}
	case actor.Tenant == 0:
		return Once{}, license.Invalidf("tenant", "say which tenant")
	}
	if err := checkText(onceField, name, 1, maxOnce); err != nil {
		return Once{}, err
	}
	now := o.d.Now()
	k := store.Idempotency{Tenant: actor.Tenant, Key: actor.ID(), Name: name, Digest: digest[:], Started: now}
	first := false
	err := o.d.Store.Write(ctx, func(tx *store.Tx) error {
		stored, won, err := tx.ClaimIdempotency(k, now.Add(-onceKept))
		first = won
		if err == nil {
			k = stored
		}
		return err
	})
	switch {
	case err != nil:
		return Once{}, err
	case first:
		return Once{claim: k}, nil
	}
	return o.again(&k, digest, now)
}

// onceField is what the name of a request is called where it is refused.
const onceField = "idempotency_key"

// again is what whoever is not the first hears.
func (o *Office) again(k *store.Idempotency, digest [32]byte, now license.Time) (Once, error) {
	conflict := func(format string, args ...any) *license.Error {
		return &license.Error{Code: license.Conflict, Field: onceField, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case k.Digest != nil && !bytes.Equal(k.Digest, digest[:]):
		return Once{}, conflict("this key was used for another request; take a new one")
	case k.Status == 0 && k.Started != 0 && now.Sub(k.Started) >= onceTaken:
		return Once{}, conflict("it is not known what became of this request, begun at %s; look whether it was carried out, and if not, send it with a new key", k.Started)
	case k.Status == 0:
		err := conflict("this request is being carried out; try again in a moment")
		err.RetryAfter = onceAgain
		return Once{}, err
	case k.Answer == nil:
		return Once{}, conflict("this request was carried out with status %d; its answer was too large to be given again", k.Status)
	}
	answer, err := o.d.Keyring.Open(onceContext(k), k.Answer)
	if err != nil {
		return Once{}, license.Wrap(license.Internal, "the answer of this request cannot be read; is this the right master key?", err)
	}
	return Once{Answered: true, Status: int(k.Status), Answer: answer, claim: *k}, nil
}

// onceContext is what the answer of a request is sealed for.
func onceContext(k *store.Idempotency) string {
	return fmt.Sprintf("idempotency/%d/%d/%d/%s", k.Tenant, k.Key, k.Started, k.Name)
}

// Finish keeps the answer of a request that Begin let through: a status above 0 and at most 1 MiB, sealed; of a larger one only the status
// is kept. Where the request has lost its name since, after 24 hours, nothing is.
func (o *Office) Finish(ctx context.Context, once Once, status int, answer []byte) error {
	if once.Answered || once.claim.Name == "" || status <= 0 {
		return errors.New("office: Finish without a request that Begin let through, or without a status")
	}
	k := once.claim
	k.Status = int64(status)
	if len(answer) <= maxAnswer {
		k.Answer = o.d.Keyring.Seal(onceContext(&k), answer)
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.FinishIdempotency(&k)
		return err
	})
}

// Abandon gives the name of a request free that was not carried out, so that it can be sent again.
func (o *Office) Abandon(ctx context.Context, once Once) error {
	return o.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.DropIdempotency(&once.claim) })
}

// Prune forgets the answers of requests that are older than 24 hours, and sessions, links, invitations and questions to passkeys whose time
// is over: a bounded number of each in small transactions. It is called about once an hour.
func (o *Office) Prune(ctx context.Context) error {
	now := o.d.Now()
	for _, some := range []func(*store.Tx) (int64, error){
		func(tx *store.Tx) (int64, error) { return tx.PruneIdempotency(now.Add(-onceKept), pruneBatch) },
		func(tx *store.Tx) (int64, error) { return tx.PruneWebSessions(now, pruneBatch) },
		func(tx *store.Tx) (int64, error) { return tx.PruneCeremonies(now, pruneBatch) },
		func(tx *store.Tx) (int64, error) { return tx.PrunePasswordResets(now, pruneBatch) },
		func(tx *store.Tx) (int64, error) { return tx.PruneInvitations(now, pruneBatch) },
	} {
		if err := o.prune(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// prune calls some, which forgets up to pruneBatch rows and returns how many, until little is left.
func (o *Office) prune(ctx context.Context, some func(*store.Tx) (int64, error)) error {
	for done := int64(0); done < pruneMost; {
		var n int64
		err := o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = some(tx)
			return err
		})
		if err != nil || n < pruneBatch {
			return err
		}
		done += n
	}
	return nil
}
