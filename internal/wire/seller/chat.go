package seller

import (
	"licet/internal/license"
	"licet/internal/store"
)

func (c *call) addChannel() error {
	delay, err := c.integer("delay", 0)
	if err == nil {
		err = c.office().AddChannel(c.ctx(), c.actor, c.product, c.get("name"), delay)
	}
	return c.outcome(err, "Successfully created channel!", "Failed to create channel!")
}

// maxDelay bounds what is counted in minutes.
const maxDelay = 1 << 32

// editChannel takes the delay in minutes, where addChannel takes seconds.
func (c *call) editChannel() error {
	const failed = "Failed to update channel!"
	minutes, err := c.integer("delay", -1)
	if minutes < 0 || minutes > maxDelay {
		return say(failed)
	}
	if err == nil {
		err = c.office().ChangeChannel(c.ctx(), c.actor, c.product, c.get("name"), minutes*60)
	}
	return c.outcome(err, "Successfully updated channel!", failed)
}

func (c *call) deleteChannel() error {
	err := c.office().DropChannel(c.ctx(), c.actor, c.product, c.get("name"))
	return c.outcome(err, "Successfully deleted channel!", "Failed to delete channel!")
}

func (c *call) clearChannel() error {
	_, err := c.office().ClearChannel(c.ctx(), c.actor, c.product, c.get("name"))
	return c.outcome(err, "Successfully cleared channel!", "Failed to clear channel!")
}

func (c *call) mute() error {
	seconds, err := c.integer("time", 0)
	if err == nil {
		err = c.office().MuteUser(c.ctx(), c.actor, c.product, c.user(), seconds)
	}
	if is(err, license.UserUnknown) {
		return say("User doesn't exist!")
	}
	return c.outcome(err, "Successfully muted user!", "")
}

func (c *call) unmute() error {
	err := c.office().UnmuteUser(c.ctx(), c.actor, c.product, c.user())
	if is(err, license.UserUnknown) {
		return say("User doesn't exist!")
	}
	return c.outcome(err, "Successfully unmuted user!", "")
}

func (c *call) allChannels() error {
	return send(c, listing[store.ChatChannel]{
		message: "Successfully retrieved chats", name: "chats", empty: "No chat channels found",
		all: pages(func(last *store.ChatChannel) ([]store.ChatChannel, error) {
			after := ""
			if last != nil {
				after = last.Name
			}
			return c.office().ListChannels(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row:     func(r *row, ch *store.ChatChannel) { r.text("name", ch.Name).count("delay", ch.Delay) },
		columns: []string{"name", "delay"},
	})
}

func (c *call) allMutes() error {
	return send(c, listing[store.Mute]{
		message: "Successfully retrieved mutes", name: "mutes", empty: "No mutes found",
		all: pages(func(last *store.Mute) ([]store.Mute, error) {
			var after license.LicenseUserID
			if last != nil {
				after = last.User
			}
			return c.office().ListMutes(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row:     func(r *row, m *store.Mute) { r.text("user", m.Name).time("time", m.Until) },
		columns: []string{"user", "time"},
	})
}
