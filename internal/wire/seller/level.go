package seller

import (
	"net/http"

	"licet/internal/license"
)

func (c *call) addLevel() error {
	const failed = "Failed to create subscription!"
	number, err := c.integer("level", 1)
	if err == nil {
		_, err = c.office().CreateLevel(c.ctx(), c.actor, c.product, c.get("name"), number)
	}
	return c.outcome(err, "Successfully created subscription!", failed)
}

func (c *call) editLevel() error {
	const failed = "Failed to edit subscription"
	number, err := c.integer("level", -1)
	if c.get("level") == "" {
		return say(failed)
	}
	if err == nil {
		_, err = c.office().ChangeLevel(c.ctx(), c.actor, c.product, c.get("sub", "name"), number)
	}
	return c.outcome(err, "Subscription successfully edited", failed)
}

func (c *call) deleteLevel() error {
	_, err := c.office().DropLevel(c.ctx(), c.actor, c.product, c.get("name"))
	return c.outcome(err, "Successfully deleted subscription!", "Failed to delete subscription!")
}

func (c *call) allLevels() error {
	return send(c, listing[license.Level]{
		message: "Successfully retrieved subscriptions", name: "subs", empty: "No subscriptions found",
		all:     whole(c.office().Levels(c.ctx(), c.actor, c.product)),
		row:     func(r *row, l *license.Level) { r.text("name", l.Name).count("level", l.Number) },
		columns: []string{"name", "level"},
	})
}

func (c *call) countHolders() error {
	n, err := c.office().CountHolders(c.ctx(), c.actor, c.product, c.get("name"))
	if err != nil {
		return in(err, http.StatusOK, "You haven't created a subscription with that name")
	}
	var r row
	return c.single("Subscription count found successfully", r.count("count", n))
}

func (c *call) pauseLevel() error {
	err := c.office().PauseLevel(c.ctx(), c.actor, c.product, c.get("subscription", "sub", "name"))
	return c.outcome(err, "Successfully paused subscription!", "Failed to pause subscription!")
}

func (c *call) resumeLevel() error {
	err := c.office().ResumeLevel(c.ctx(), c.actor, c.product, c.get("subscription", "sub", "name"))
	return c.outcome(err, "Successfully unpaused subscription!", "Failed to unpause subscription!")
}
