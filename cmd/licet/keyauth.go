package main

import (
	"fmt"
	"iter"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// keyauthCommand: licet keyauth. An application is a product whose users sign in by themselves, with licenses that they
// redeem; apps that were written for KeyAuth work with it.
type keyauthCommand struct {
	App       keyauthApp       `cmd:"" help:"Applications: make them, set them, pause them."`
	Key       keyauthKey       `cmd:"" help:"Seller keys: what bots and shops work in an application with."`
	Level     keyauthLevel     `cmd:"" help:"Levels, which KeyAuth calls subscriptions: what licenses of a number grant."`
	User      keyauthUser      `cmd:"" help:"Users of an application."`
	Token     keyauthToken     `cmd:"" help:"Tokens that programs bring, where an application asks for them."`
	Block     keyauthBlock     `cmd:"" help:"Addresses and machines that are kept out, and addresses that are let in."`
	PublicKey keyauthPublicKey `cmd:"" help:"Print the public key that apps check answers with; it is the same for every application."`
	Logs      keyauthLogs      `cmd:"" help:"List what apps have written to the log of an application."`
}

// keyauthKeyView is the key that answers are checked with.
type keyauthKeyView struct {
	PublicKey string `json:"public_key"` // 64 hexadecimal digits
}

type keyauthPublicKey struct{}

// Run prints the key alone, as apps want it.
func (*keyauthPublicKey) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	key, err := d.ApplicationPublicKey(t.ctx, d.actor)
	if err != nil {
		return err
	}
	if t.globals.JSON {
		return t.printJSON(keyauthKeyView{key})
	}
	_, err = fmt.Fprintln(t.out, key)
	return err
}

// countView is how many things a command has changed.
type countView struct {
	Changed int64 `json:"changed"`
}

func (t *tool) printCount(n int64) error {
	return t.print(countView{n}, func() [][2]string { return [][2]string{{"changed", fmt.Sprint(n)}} })
}

// keyauthLogView is a line that an app wrote.
type keyauthLogView struct {
	ID         int64        `json:"id"`
	At         license.Time `json:"at"`
	Message    string       `json:"message"`
	Credential string       `json:"credential"` // who was signed in; "" is nobody
	Machine    string       `json:"machine"`    // as the app calls it
	Address    string       `json:"address"`
}

func viewKeyauthLog(l store.ApplicationLog) (keyauthLogView, error) {
	return keyauthLogView{l.ID, l.At, l.Message, l.Credential, l.Machine, l.Address}, nil
}

type keyauthLogs struct {
	productArg
	listFlags
}

// Run lists them.
func (c *keyauthLogs) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]store.ApplicationLog, error) {
		return d.ListLogs(t.ctx, d.actor, c.Which, p.Before, p.Limit)
	}, func(l store.ApplicationLog) int64 { return l.ID })
	return printList(t, "ID TIME USER MACHINE ADDRESS MESSAGE", as(pages(t, c.listFlags, fetch), viewKeyauthLog), func(v keyauthLogView) []string {
		return []string{fmt.Sprint(v.ID), moment(v.At), v.Credential, v.Machine, v.Address, v.Message}
	})
}

// mostFlag bounds a list that does not run by ids.
type mostFlag struct {
	Limit int `help:"How many to list at most; 0 for all." default:"100" placeholder:"N"`
}

// upTo asks fetch for one page after another, up to the limit. after is the last of the page before, nil at first.
func upTo[V any](t *tool, most mostFlag, fetch func(after *V, limit int) ([]V, error)) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		var none V
		if most.Limit < 0 {
			yield(none, usagef("--limit is a number from 0"))
			return
		}
		var after *V
		for left := most.Limit; ; {
			size := maxPage
			if most.Limit > 0 {
				size = min(left, maxPage)
			}
			list, err := fetch(after, size)
			if err != nil {
				yield(none, err)
				return
			}
			for _, v := range list {
				if !yield(v, nil) {
					return
				}
			}
			if len(list) < size {
				return
			}
			after = &list[len(list)-1]
			if left -= len(list); most.Limit > 0 && left == 0 {
				t.more = "licet: there may be more; --limit 0 lists all"
				return
			}
		}
	}
}
