package seller

import (
	"iter"
	"net/http"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func (c *call) detail() (office.UserDetail, error) {
	return c.office().ApplicationUser(c.ctx(), c.actor, c.product, c.user())
}

func (c *call) verifyUser() error {
	_, err := c.detail()
	return c.outcomeAs(err, "User Successfully Verified", http.StatusNotAcceptable, "User Not Found")
}

// userData tells all of a user. Their token signs them in, so it is told to keys alone that may change users.
func (c *call) userData() error {
	u, err := c.detail()
	if err != nil {
		return in(err, http.StatusOK, "User not found")
	}
	var token identity.Secret
	if c.actor.Permissions().Allow(identity.WriteCustomers) {
		if token, err = c.office().UserWebToken(c.ctx(), c.actor, c.product, u.Name); err != nil {
			return err
		}
	}
	variables := make([]row, len(u.Variables))
	for i, v := range u.Variables {
		variables[i].text("name", v.Name).text("data", v.Value)
	}
	var r row
	r.text("username", u.Name).rows("subscriptions", subscriptions(&u)).text("ip", u.Address)
	r.option("hwid", hardware(&u.ApplicationUser)).time("createdate", u.Created).time("lastlogin", u.SeenAt)
	r.when("cooldown", u.ResetAfter).option("token", token.Reveal())
	return c.object("", r.rows("uservars", variables).option("banned", banned(&u.ApplicationUser)))
}

// hardware is the machines of a user as one text: the reference appends what is added.
func hardware(u *license.ApplicationUser) string { return strings.Join(u.Hardware, ",") }

// banned is why a user is banned, "" when they are not.
func banned(u *license.ApplicationUser) string {
	switch {
	case !u.Banned:
		return ""
	case u.BanReason == "":
		return "Banned"
	}
	return u.BanReason
}

func (c *call) subscriptionsOfUser() error {
	u, err := c.detail()
	if err != nil {
		return in(err, http.StatusNotAcceptable, "No Subscriptions Found")
	}
	return send(c, listing[row]{
		message: "Successfully retrieved subscriptions", name: "subs", empty: "No Subscriptions Found",
		all: whole(subscriptions(&u), nil), columns: []string{"subscription", "expiry"},
		row: func(r, from *row) { r.values = append(r.values, from.values...) },
	})
}

// subscriptions tells what a user holds and has time left of, one row a level; what is paused ends when it would if it went
// on now.
func subscriptions(u *office.UserDetail) []row {
	held := make([]license.Holding, len(u.Holdings))
	copy(held, u.Holdings)
	for i := range held {
		h := &held[i]
		if h.PausedAt != 0 && h.ExpiresAt != 0 {
			h.ExpiresAt += max(u.Now-h.PausedAt, 0)
		}
		h.PausedAt = 0
	}
	levels, err := license.Entitle(held, u.Now)
	if err != nil {
		return nil // They hold nothing.
	}
	return entitled(levels, u.Now)
}

// entitled tells what a user may use.
func entitled(levels []license.Entitlement, now license.Time) []row {
	out := make([]row, len(levels))
	for i, e := range levels {
		end := e.ExpiresAt
		if end == 0 {
			end = license.Forever
		}
		out[i].text("subscription", e.Name).option("key", e.Key).time("expiry", end).number("timeleft", unix(end)-unix(now))
	}
	return out
}

// setUserVariable gives a variable to one user, or to all.
func (c *call) setUserVariable() error {
	user, all := c.user(), everybody(c.user())
	if all {
		user = ""
	}
	n, err := c.office().SetUserVariables(c.ctx(), c.actor, c.product, user, all, c.get("var"), c.exactly("data"), c.maybe("readOnly"))
	if is(err, license.UserUnknown) || err == nil && n == 0 {
		return say("No users found!")
	}
	return c.outcome(err, "Successfully set variable!", "Failed to set variable!")
}

func (c *call) userVariable() error {
	v, err := c.office().FindUserVariable(c.ctx(), c.actor, c.product, c.user(), c.get("var"))
	if err != nil {
		return in(err, http.StatusNotFound, "Variable not found for user")
	}
	var r row
	return c.single("Successfully retrieved variable", r.text("response", v.Value))
}

func (c *call) deleteUserVariable() error {
	err := c.office().DropUserVariable(c.ctx(), c.actor, c.product, c.user(), c.get("var"))
	return c.outcome(err, "Successfully deleted variable!", "Failed to delete variable!")
}

func (c *call) deleteUserVariables() error {
	_, err := c.office().DropUserVariableEverywhere(c.ctx(), c.actor, c.product, c.get("name"))
	return c.outcome(err, "Successfully deleted user variables with that name!", "")
}

// everyUser goes through the users, newest first.
func (c *call) everyUser() iter.Seq2[*license.ApplicationUser, error] {
	return pages(func(last *license.ApplicationUser) ([]license.ApplicationUser, error) {
		page := before(last, func(u *license.ApplicationUser) int64 { return int64(u.ID) })
		return c.office().ListApplicationUsers(c.ctx(), c.actor, c.product, page)
	})
}

// allUsers lists the users. The hashes of their passwords are told to nobody, and of their addresses there are digests
// alone.
func (c *call) allUsers() error {
	return send(c, listing[license.ApplicationUser]{
		message: "Successfully Retrieved Users", name: "users", empty: "No Users Found", all: c.everyUser(),
		row: func(r *row, u *license.ApplicationUser) {
			r.text("username", u.Name).null("email").null("password").option("hwid", hardware(u)).text("app", c.app.Name)
			r.option("owner", u.CreatedBy).time("createdate", u.Created).time("lastlogin", u.SeenAt)
			r.option("banned", banned(u)).option("ip", u.Address).when("cooldown", u.ResetAfter)
		},
	})
}

func (c *call) allNames() error {
	return send(c, listing[license.ApplicationUser]{
		message: "Successfully Retrieved Usernames", name: "usernames", empty: "No users found", all: c.everyUser(),
		row: func(r *row, u *license.ApplicationUser) { r.text("username", u.Name) },
	})
}

func (c *call) allUserVariables() error {
	return send(c, listing[store.UserVariable]{
		message: "Successfully retrieved user variables", name: "vars", empty: "No user variables Found",
		all: pages(func(last *store.UserVariable) ([]store.UserVariable, error) {
			var after store.UserVariable
			if last != nil {
				after = *last
			}
			return c.office().ListUserVariables(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row: func(r *row, v *store.UserVariable) {
			r.text("name", v.Name).text("data", v.Value).text("user", v.UserName)
		},
		columns: []string{"user", "name", "data"},
	})
}
