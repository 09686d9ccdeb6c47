package seller

import (
	"strconv"

	"licet/internal/store"
)

func (c *call) stats() error {
	n, err := c.office().CountApplication(c.ctx(), c.actor, c.product)
	if err != nil {
		return err
	}
	var r row
	r.count("unused", n.Unused).count("used", n.Used).count("paused", n.Paused).count("banned", n.Banned)
	r.count("totalkeys", n.Licenses).count("webhooks", n.Webhooks).count("files", n.Files).count("vars", n.Variables)
	return c.object("", r.count("resellers", n.Resellers).count("managers", n.Managers).count("totalaccs", n.Staff))
}

func (c *call) details() error {
	secret, err := c.office().ApplicationSecret(c.ctx(), c.actor, c.product)
	if err != nil {
		return err
	}
	var inner, r row
	inner.text("name", c.app.Name).text("ownerid", c.app.Owner).text("secret", secret.Reveal()).text("version", c.app.Version)
	if c.bare() {
		return c.object("", &inner)
	}
	return c.object("Successfully retrieved application details", r.row("appdetails", &inner))
}

func (c *call) addHash() error {
	return c.outcome(c.office().AddProgramHash(c.ctx(), c.actor, c.product, c.get("hash")), "Added hash successfully", "")
}

func (c *call) resetHashes() error {
	return c.outcome(c.office().ResetProgramHashes(c.ctx(), c.actor, c.product), "Reset hash successfully!", "Failed to reset hash!")
}

func (c *call) pause() error {
	_, err := c.office().PauseApplication(c.ctx(), c.actor, c.product)
	return c.outcome(err, "Subscription paused application", "Failed to pause application")
}

func (c *call) resume() error {
	_, err := c.office().ResumeApplication(c.ctx(), c.actor, c.product)
	return c.outcome(err, "Subscription unpaused application", "Failed to unpause application")
}

// hello is how bots find out whether a seller key is good.
func (c *call) hello() error { return c.done("Seller Key Successfully Found") }

func (c *call) allLogs() error {
	return send(c, listing[store.ApplicationLog]{
		message: "Successfully retrieved logs", name: "logs", empty: "No logs found",
		all: pages(func(last *store.ApplicationLog) ([]store.ApplicationLog, error) {
			var before int64
			if last != nil {
				before = last.ID
			}
			return c.office().ListLogs(c.ctx(), c.actor, c.product, before, pageSize)
		}),
		row: func(r *row, l *store.ApplicationLog) {
			r.text("id", strconv.FormatInt(l.ID, 10)).time("logdate", l.At).text("logdata", l.Message)
			r.option("credential", l.Credential).option("pcuser", l.Machine)
		},
		columns: []string{"logdate", "credential", "pcuser", "logdata"},
	})
}

func (c *call) deleteLogs() error {
	n, err := c.office().DropLogs(c.ctx(), c.actor, c.product)
	return c.counted(n, err, "Successfully deleted all logs!", "Failed to delete all logs!")
}
