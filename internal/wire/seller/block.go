package seller

import (
	"net/netip"

	"licet/internal/store"
)

func (c *call) kill() error {
	err := c.office().EndSession(c.ctx(), c.actor, c.product, c.get("sessid", "session"))
	return c.outcome(err, "Successfully killed session!", "Failed to kill session!")
}

func (c *call) killAll() error {
	n, err := c.office().EndSessions(c.ctx(), c.actor, c.product)
	return c.counted(n, err, "Successfully killed all sessions!", "Failed to kill all sessions!")
}

// allSessions lists the sessions that have not ended. What it calls id ends a session, and proves nothing.
func (c *call) allSessions() error {
	return send(c, listing[store.ApplicationSession]{
		message: "Successfully retrieved sessions", name: "sessions", empty: "No sessions found",
		all: pages(func(last *store.ApplicationSession) ([]store.ApplicationSession, error) {
			var after store.ApplicationSession
			if last != nil {
				after = *last
			}
			return c.office().ListSessions(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row: func(r *row, s *store.ApplicationSession) {
			r.text("id", s.Handle()).option("credential", s.UserName).time("expiry", s.Expires)
			r.flag("validated", s.User != 0).text("ip", s.Address)
		},
		columns: []string{"id", "credential", "ip"},
	})
}

// block keeps out an address, a machine, or both. Some bots say only data: what reads as an address is one.
func (c *call) block() error {
	address, machine := c.get("ip"), c.get("hwid")
	if data := c.get("data"); address == "" && machine == "" {
		if _, err := netip.ParseAddr(data); err == nil {
			address = data
		} else {
			machine = data
		}
	}
	if address == "" && machine == "" {
		return say("Specify an ip or a hwid")
	}
	var err error
	if address != "" {
		err = c.office().BlockEntry(c.ctx(), c.actor, c.product, store.BlockAddress, address, c.get("reason"))
	}
	if machine != "" && err == nil {
		err = c.office().BlockEntry(c.ctx(), c.actor, c.product, store.BlockHardware, machine, c.get("reason"))
	}
	return c.outcome(err, "Blacklist Addition Successful", "")
}

func (c *call) unblock() error {
	kind := store.BlockKind(c.get("blacktype"))
	if kind != store.BlockAddress && kind != store.BlockHardware {
		return say("Invalid blacklist type!")
	}
	err := c.office().UnblockEntry(c.ctx(), c.actor, c.product, kind, c.get("data"))
	return c.outcome(err, "Successfully deleted blacklist!", "Failed to delete blacklist!")
}

func (c *call) unblockAll() error {
	n, err := c.office().DropBlocks(c.ctx(), c.actor, c.product, false)
	return c.counted(n, err, "Successfully deleted all blacklists!", "Failed to delete all blacklists!")
}

// allBlocks lists what is kept out: as ip or hwid, and as data for the bots that want it so.
func (c *call) allBlocks() error {
	return send(c, listing[store.Block]{
		message: "Successfully retrieved blacklists", name: "blacklists", empty: "No blacklists found",
		all: pages(func(last *store.Block) ([]store.Block, error) {
			var after store.Block
			if last != nil {
				after = *last
			}
			return c.office().ListBlocks(c.ctx(), c.actor, c.product, false, after, pageSize)
		}),
		row: func(r *row, b *store.Block) {
			if b.Kind == store.BlockHardware {
				r.text("hwid", b.Value).null("ip")
			} else {
				r.null("hwid").text("ip", b.Value)
			}
			r.text("type", string(b.Kind)).text("data", b.Value).text("reason", b.Reason)
		},
		columns: []string{"type", "data"},
	})
}

func (c *call) allow() error {
	err := c.office().BlockEntry(c.ctx(), c.actor, c.product, store.AllowAddress, c.get("ip"), "")
	return c.outcome(err, "Successfully added whitelist!", "")
}

func (c *call) disallow() error {
	err := c.office().UnblockEntry(c.ctx(), c.actor, c.product, store.AllowAddress, c.get("ip"))
	return c.outcome(err, "Successfully deleted whitelist!", "Failed to delete whitelist!")
}

func (c *call) disallowAll() error {
	n, err := c.office().DropBlocks(c.ctx(), c.actor, c.product, true)
	return c.counted(n, err, "Successfully deleted all whitelists!", "Failed to delete all whitelists!")
}
