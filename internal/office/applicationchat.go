package office

import (
	"context"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

const (
	maxChannelName = 50     // characters
	maxChatDelay   = 604800 // seconds, a week
)

func checkDelay(seconds int64) error {
	if seconds < 0 || seconds > maxChatDelay {
		return license.Invalidf("delay", "between two messages lie 0 to %d seconds", maxChatDelay)
	}
	return nil
}

// AddChannel makes a chat channel of an application, with so many seconds between two messages of a user (keyauth.md §11,
// addchannel). It refuses with NameTaken.
func (o *Office) AddChannel(ctx context.Context, actor identity.Actor, product, name string, delay int64) error {
	if err := checkText("name", name, 1, maxChannelName); err != nil {
		return err
	}
	if err := checkDelay(delay); err != nil {
		return err
	}
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		made, err := at.InsertChatChannel(at.tenant, at.app, store.ChatChannel{Name: name, Delay: delay})
		if err == nil && !made {
			err = license.Refuse(license.NameTaken)
		}
		return license.Event{Kind: license.ChannelSaved, Data: map[string]any{"name": name, "delay": delay, "new": true}}, err
	})
}

// ChangeChannel changes the delay of a chat channel, in seconds. It refuses with ChannelUnknown.
func (o *Office) ChangeChannel(ctx context.Context, actor identity.Actor, product, name string, delay int64) error {
	if err := checkDelay(delay); err != nil {
		return err
	}
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		return license.Event{Kind: license.ChannelSaved, Data: map[string]any{"name": name, "delay": delay}},
			at.SaveChatChannel(at.tenant, at.app, store.ChatChannel{Name: name, Delay: delay})
	})
}

// DropChannel removes a chat channel with its messages. It refuses with ChannelUnknown.
func (o *Office) DropChannel(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		if _, err := at.LockChatChannel(at.tenant, at.app, name); err != nil {
			return license.Event{}, err
		}
		return license.Event{Kind: license.ChannelDropped, Data: map[string]any{"name": name}}, at.DropChatChannel(at.tenant, at.app, name)
	})
}

// ClearChannel removes the messages of a chat channel and returns how many they were. It refuses with ChannelUnknown.
func (o *Office) ClearChannel(ctx context.Context, actor identity.Actor, product, name string) (cleared int64, err error) {
	err = o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		if _, err := at.LockChatChannel(at.tenant, at.app, name); err != nil {
			return license.Event{}, err
		}
		cleared, err = at.ClearChatChannel(at.tenant, at.app, name)
		return license.Event{Kind: license.ChannelSaved, Data: map[string]any{"name": name, "cleared": cleared}}, err
	})
	return cleared, err
}

// ListChannels returns the chat channels of an application by name, above after ("" is the beginning); limit is 1 to 1000.
func (o *Office) ListChannels(ctx context.Context, actor identity.Actor, product, after string, limit int) (list []store.ChatChannel, err error) {
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) (err error) {
		list, err = at.ListChatChannels(at.tenant, at.app, after, limit)
		return err
	})
	return list, err
}

// MuteUser keeps a user from writing in the chat of an application for so many seconds from now, at least 1 (keyauth.md §11,
// muteuser). It refuses with UserUnknown.
func (o *Office) MuteUser(ctx context.Context, actor identity.Actor, product, user string, seconds int64) error {
	if seconds < 1 || seconds > license.MaxID {
		return license.Invalidf("time", "a user is muted for at least one second")
	}
	wait := time.Duration(min(seconds, 100*365*24*3600)) * time.Second
	return o.mute(ctx, actor, product, user, func(now license.Time) license.Time { return now.Add(wait) })
}

// UnmuteUser lets a user write again. It refuses with UserUnknown.
func (o *Office) UnmuteUser(ctx context.Context, actor identity.Actor, product, user string) error {
	return o.mute(ctx, actor, product, user, func(license.Time) license.Time { return 0 })
}

func (o *Office) mute(ctx context.Context, actor identity.Actor, product, user string, until func(now license.Time) license.Time) error {
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		u, err := at.FindApplicationUser(at.tenant, at.app, user)
		if err != nil {
			return license.Event{}, err
		}
		end := until(at.now)
		return license.Event{Kind: license.UserMuted, Subject: int64(u.ID), Data: map[string]any{"name": u.Name, "until": end.String()}},
			at.SetMuted(at.tenant, u.ID, end)
	})
}

// ListMutes returns who may not write in the chat of an application now, oldest account first, above after (0 is the beginning);
// limit is 1 to 1000.
func (o *Office) ListMutes(ctx context.Context, actor identity.Actor, product string, after license.LicenseUserID, limit int) (list []store.Mute, err error) {
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) (err error) {
		list, err = at.ListMutes(at.tenant, at.app, at.now, after, limit)
		return err
	})
	return list, err
}

// ListLogs returns what apps of an application have logged, newest first, below before (0 is the beginning); limit is 1 to 1000.
func (o *Office) ListLogs(ctx context.Context, actor identity.Actor, product string, before int64, limit int) (list []store.ApplicationLog, err error) {
	err = o.lookAt(ctx, actor, identity.ReadAudit, product, func(at place) (err error) {
		list, err = at.ListApplicationLogs(at.tenant, at.app, before, limit)
		return err
	})
	return list, err
}

// DropLogs removes what apps of an application have logged and returns how many lines that were.
func (o *Office) DropLogs(ctx context.Context, actor identity.Actor, product string) (int64, error) {
	return o.dropAll(ctx, actor, identity.WriteAudit, product, license.LogsDropped, func(at place) (int64, error) {
		return at.DropApplicationLogs(at.tenant, at.app)
	})
}
