package authority

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"licet/internal/license"
	"licet/internal/store"
)

const (
	chatShown      = 50   // messages that apps get (keyauth.md §7, chatget)
	maxChatMessage = 2000 // characters (keyauth.md §7, chatsend)
)

// ChatMessages returns the last 50 messages of a channel, the oldest first; of a channel that there is not, none. It refuses with
// NotSignedIn.
func (a *Authority) ChatMessages(ctx context.Context, v *Visit, channel string) (list []store.ChatMessage, err error) {
	if err := v.SignedIn(); err != nil {
		return nil, err
	}
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ChatMessages(v.App.Tenant, v.App.Product, channel, chatShown)
		return err
	})
	return list, err
}

// SendChat writes a message of the user in a channel. It refuses with NotSignedIn, ChannelUnknown, ChatTooFast within the delay of
// the channel, ChatMuted, whose message is until when, and as Invalid a blank message, of the field message, and one longer
// than 2000 characters, of message_length. There is no event: the message itself is kept, until 200 newer ones are.
func (a *Authority) SendChat(ctx context.Context, v *Visit, channel, message string) error {
	if err := v.SignedIn(); err != nil {
		return err
	}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		now := a.now()
		c, err := tx.LockChatChannel(v.App.Tenant, v.App.Product, channel)
		if err != nil {
			return err
		}
		last, err := tx.LastChatAt(v.App.Tenant, v.App.Product, c.Name, v.Session.User)
		if err != nil {
			return err
		}
		if next := last.Add(time.Duration(c.Delay) * time.Second); last != 0 && now < next {
			return license.RefuseFor(license.ChatTooFast, next.Sub(now))
		}
		muted, err := tx.MutedUntil(v.App.Tenant, v.Session.User)
		if err != nil {
			return err
		}
		switch {
		case now < muted:
			return license.Refusef(license.ChatMuted, "%s", muted.UTC().Format("January 2, 2006, 3:04 pm"))
		case strings.TrimSpace(message) == "":
			return license.Invalidf("message", "say something")
		case utf8.RuneCountInString(message) > maxChatMessage:
			return license.Invalidf("message_length", "a message has at most %d characters", maxChatMessage)
		}
		return tx.AddChatMessage(v.App.Tenant, v.App.Product, c.Name, &store.ChatMessage{
			User: v.Session.User, Author: v.Session.UserName, Message: message, At: now,
		})
	})
}
