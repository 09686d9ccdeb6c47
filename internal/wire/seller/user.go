package seller

import (
	"net/http"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// user is the name of whom the call is about.
func (c *call) user() string { return c.get("user", "username") }

func (c *call) addUser() error {
	seconds, ok := c.days("expiry")
	switch {
	case !ok:
		return say("Expiry not set correctly, must be number of days")
	case seconds <= 0:
		return say("Subscription expiry must be set in the future!")
	case everybody(c.user()):
		return say("Failed to create user!") // Others would mean all users by it.
	}
	affected := c.maybe("hwidAffected")
	_, err := c.office().CreateApplicationUser(c.ctx(), c.actor, c.product, office.NewApplicationUser{
		Name: c.user(), Level: c.get("sub"), Lasts: license.Span{Seconds: seconds},
		Password: identity.Secret(c.exactly("pass")), Email: c.get("email"), Roams: affected != nil && !*affected,
	})
	switch {
	case missing(err):
		return say("Subscription not found!")
	case is(err, license.NameTaken):
		return say("Username already exists!")
	}
	return c.outcome(err, "Successfully created user!", "Failed to create user!")
}

// users is whom the call is about: one user, or all.
func (c *call) users() office.Users {
	if everybody(c.user()) {
		return office.Users{All: true, ActiveOnly: c.yes("activeOnly")}
	}
	return office.Users{Name: c.user(), ActiveOnly: c.yes("activeOnly")}
}

func (c *call) extend() error {
	seconds, ok := c.days("expiry")
	if !ok || seconds <= 0 {
		return say("Subscription expiry must be set in the future!")
	}
	n, err := c.office().ExtendUsers(c.ctx(), c.actor, c.product, c.users(), c.get("sub"), license.Span{Seconds: seconds})
	if err := noSuchHolder(err); err != nil {
		return err
	}
	return c.counted(n, err, "Successfully extended user(s)!", "Failed to extend user(s)!")
}

func (c *call) subtract() error {
	seconds, err := c.integer("seconds", 0)
	if err != nil || seconds <= 0 {
		return say("Seconds specified must be greater than zero")
	}
	n, err := c.office().ShortenUsers(c.ctx(), c.actor, c.product, c.users(), c.get("sub"), license.Span{Seconds: seconds})
	if err := noSuchHolder(err); err != nil {
		return err
	}
	return c.counted(n, err, "Successfully subtracted time from user(s)!", "Failed to subtract time from user(s)!")
}

// noSuchHolder tells a user who is not there from a level that is not.
func noSuchHolder(err error) error {
	switch {
	case is(err, license.UserUnknown):
		return say("User(s) not found!")
	case missing(err):
		return say("Subscription not found!")
	}
	return nil
}

func (c *call) deleteUser() error {
	err := c.office().DropUser(c.ctx(), c.actor, c.product, c.user())
	return c.outcome(err, "Successfully deleted user!", "Failed to delete user!")
}

func (c *call) deleteExpired() error {
	n, err := c.office().DropUsers(c.ctx(), c.actor, c.product, true)
	if err == nil && n == 0 {
		some, err := c.office().ListApplicationUsers(c.ctx(), c.actor, c.product, office.Page{Limit: 1})
		if err != nil {
			return err
		}
		if len(some) == 0 {
			return say("You have no users!")
		}
	}
	return c.counted(n, err, "Successfully deleted expired users!", "No users are expired!")
}

func (c *call) deleteAllUsers() error {
	n, err := c.office().DropUsers(c.ctx(), c.actor, c.product, false)
	return c.counted(n, err, "Successfully deleted all users!", "Failed to delete all users!")
}

func (c *call) resetUser() error {
	err := c.office().ResetHardware(c.ctx(), c.actor, c.product, c.user())
	return c.outcomeAs(err, "Successfully reset user!", http.StatusInternalServerError, "Failed to reset user!")
}

// resetAll forgets the machines of all users. That there were none is no failure.
func (c *call) resetAll() error {
	_, err := c.office().ResetAllHardware(c.ctx(), c.actor, c.product)
	return c.outcomeAs(err, "Successfully reset all users!", http.StatusInternalServerError, "Failed to reset all users!")
}

func (c *call) addHardware() error {
	err := c.office().AddHardware(c.ctx(), c.actor, c.product, c.user(), c.get("hwid"))
	return c.ofUser(err, "Added HWID", "")
}

// ofUser is outcome for a change of one user, who may not be there.
func (c *call) ofUser(err error, message, otherwise string) error {
	if is(err, license.UserUnknown) && otherwise == "" {
		return say("User not found!")
	}
	return c.outcome(err, message, otherwise)
}

// maxCooldown is ten years, in seconds.
const maxCooldown = 10 * 366 * secondsPerDay

func (c *call) setCooldown() error {
	const failed = "Failed to set cooldown!"
	seconds, err := c.integer("cooldown", -1)
	if err != nil || seconds < 0 || seconds > maxCooldown {
		return say(failed)
	}
	err = c.office().SetResetAfter(c.ctx(), c.actor, c.product, c.user(), time.Duration(seconds)*time.Second)
	return c.outcome(err, "Cooldown set successfully!", failed)
}

func (c *call) banUser() error {
	err := c.office().BanUser(c.ctx(), c.actor, c.product, c.user(), c.get("reason"))
	if is(err, license.UserUnknown) {
		return say("User not found!")
	}
	return c.outcome(err, "Successfully banned user!", "Failed to ban user!")
}

func (c *call) unbanUser() error {
	err := c.office().UnbanUser(c.ctx(), c.actor, c.product, c.user())
	if is(err, license.UserUnknown) {
		return say("User not found!")
	}
	return c.outcome(err, "Successfully unbanned user!", "Failed to unban user!")
}

func (c *call) pauseUser() error {
	err := c.office().PauseUser(c.ctx(), c.actor, c.product, c.user())
	return c.ofUser(err, "Successfully paused user!", "")
}

func (c *call) resumeUser() error {
	err := c.office().ResumeUser(c.ctx(), c.actor, c.product, c.user())
	return c.ofUser(err, "Successfully unpaused user!", "")
}

// resetPassword sets a password; without one the next that the user signs in with becomes theirs.
func (c *call) resetPassword() error {
	password := identity.Secret(c.exactly("passwd", "pass"))
	err := c.office().SetApplicationPassword(c.ctx(), c.actor, c.product, c.user(), password)
	return c.outcomeAs(err, "Password reset successful", http.StatusInternalServerError, "Failed To reset password")
}

func (c *call) editEmail() error {
	err := c.office().SetUserEmail(c.ctx(), c.actor, c.product, c.user(), c.get("email"))
	return c.ofUser(err, "Successfully edited email!", "")
}

// rename gives a user another name. The session that the call names ends; that it has ended already is no failure.
func (c *call) rename() error {
	name := c.get("newUsername")
	if everybody(name) {
		return say("The name is reserved")
	}
	err := c.office().RenameUser(c.ctx(), c.actor, c.product, c.get("currentUsername"), name)
	if session := c.get("sessionID"); err == nil && session != "" {
		if err = c.office().EndSession(c.ctx(), c.actor, c.product, session); refused(err) {
			err = nil
		}
	}
	return c.ofUser(err, "Successfully edited username!", "")
}

func (c *call) takeSubscription() error {
	err := c.office().TakeLevel(c.ctx(), c.actor, c.product, c.user(), c.get("sub"))
	return c.outcome(err, "Successfully deleted subscription!", "Failed to delete subscription!")
}
