package platform

import (
	"context"
	"fmt"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// userActs is what one-button changes of a user have at hand.
type userActs struct {
	*visit
	*office.Office
	ctx  context.Context
	user office.UserPage
	ref  string // the user's identity
	app  string // code of the product of the application; "" for a user of none
}

// onUser does something to the user that the path names, and goes back to their page.
func (v *visit) onUser(do func(*userActs) error) error {
	user, err := v.userOf(office.Page{Limit: 1})
	if err != nil {
		return err
	}
	a := userActs{visit: v, Office: v.p.d.Office, ctx: v.Context(), user: user, ref: fmt.Sprint(int64(user.ID))}
	if user.Member != nil {
		a.app = user.Product.Code
	}
	if err := do(&a); err != nil {
		return err
	}
	return v.back(userPath(user.ID))
}

// onMember is onUser for what only users of applications have.
func (v *visit) onMember(do func(*userActs) error) error {
	return v.onUser(func(a *userActs) error {
		if a.user.Member == nil {
			return license.Invalidf("", "only users of applications have that")
		}
		return do(a)
	})
}

func (v *visit) userBan() error {
	return v.onUser(func(a *userActs) error {
		_, err := a.BanLicenseUser(a.ctx, v.actor, "", a.ref, v.input.Text("reason"))
		if err == nil {
			v.sayUndo(userPath(a.user.ID, "unban"), nil, "%s is banned.", a.user.Name)
		}
		return err
	})
}

func (v *visit) userUnban() error {
	return v.onUser(func(a *userActs) error {
		_, err := a.UnbanLicenseUser(a.ctx, v.actor, "", a.ref)
		if err == nil {
			v.sayUndo(userPath(a.user.ID, "ban"), map[string]string{"reason": a.user.BanReason}, "%s may sign in again.", a.user.Name)
		}
		return err
	})
}

func (v *visit) userUnlock() error {
	return v.onUser(func(a *userActs) error {
		err := a.UnlockLicenseUser(a.ctx, v.actor, a.ref)
		if err == nil {
			v.say(web.Good, "Wrong passwords of %s are forgotten.", a.user.Name)
		}
		return err
	})
}

// peopleSpan reads a length of time from a form.
func (v *visit) peopleSpan() (license.Span, error) {
	amount := v.input.Int("duration", 0)
	if err := v.asked(); err != nil {
		return license.Span{}, err
	}
	return license.Unit(v.input.Text("unit")).Span(amount)
}

// userExtend moves the end of what a user holds of a level later (S1-23).
func (v *visit) userExtend() error {
	return v.onMember(func(a *userActs) error {
		by, err := v.peopleSpan()
		if err != nil {
			return err
		}
		n, err := a.ExtendUsers(a.ctx, v.actor, a.app, office.Users{Name: a.user.Name}, v.input.Text("level"), by)
		switch {
		case err != nil:
			return levelGone(err)
		case n == 0:
			v.say(web.Info, "%s holds that for ever: there is nothing to extend.", a.user.Name)
		default:
			v.say(web.Good, "%s has %s more.", a.user.Name, by.String())
		}
		return nil
	})
}

// userShorten moves it earlier.
func (v *visit) userShorten() error {
	return v.onMember(func(a *userActs) error {
		by, err := v.peopleSpan()
		if err != nil {
			return err
		}
		n, err := a.ShortenUsers(a.ctx, v.actor, a.app, office.Users{Name: a.user.Name}, v.input.Text("level"), by)
		switch {
		case err != nil:
			return levelGone(err)
		case n == 0:
			v.say(web.Info, "There was nothing to shorten: what never ends is taken away whole.")
		default:
			v.say(web.Good, "%s has %s less.", a.user.Name, by.String())
		}
		return nil
	})
}

// levelGone makes of a level that is no more something that the page can say.
func levelGone(err error) error {
	if license.CodeOf(err) == license.NotFound && license.ReasonOf(err) == "" {
		return license.Invalidf("", "the level is no more, or the user does not hold it")
	}
	return err
}

func (v *visit) userTake() error {
	return v.onMember(func(a *userActs) error {
		level := v.input.Text("level")
		if err := a.TakeLevel(a.ctx, v.actor, a.app, a.user.Name, level); err != nil {
			return levelGone(err)
		}
		v.say(web.Good, "%s no longer holds %s.", a.user.Name, level)
		return nil
	})
}

// licenseUserRef names a user where the office looks for names first: those of the whole tenant come before those of a product.
func (a *userActs) licenseUserRef() string {
	if a.user.LicenseUser.Product == 0 {
		return a.user.Name
	}
	return a.ref
}

func (v *visit) userAssign() error {
	return v.onUser(func(a *userActs) error {
		r, err := a.AssignUser(a.ctx, v.actor, office.Ref{Key: v.input.Text("license")}, a.licenseUserRef())
		if license.CodeOf(err) == license.NotFound {
			err = license.Invalidf("", "there is no license %s", v.input.Text("license"))
		}
		if err == nil {
			v.say(web.Good, "%s now holds %s.", a.user.Name, licenseName(&r.License))
		}
		return err
	})
}

func (v *visit) userUnassign() error {
	return v.onUser(func(a *userActs) error {
		id, _ := license.ParseID(v.input.Text("license"))
		r, err := a.UnassignUser(a.ctx, v.actor, office.Ref{ID: license.LicenseID(id)}, a.licenseUserRef())
		if license.CodeOf(err) == license.NotFound {
			err = license.Invalidf("", "%s does not hold this license any more", a.user.Name)
		}
		if err == nil {
			v.sayUndo(userPath(a.user.ID, "assign"), map[string]string{"license": fmt.Sprint(id)}, "%s no longer holds %s.", a.user.Name, licenseName(&r.License))
		}
		return err
	})
}

func (v *visit) userPause() error {
	return v.onMember(func(a *userActs) error {
		err := a.PauseUser(a.ctx, v.actor, a.app, a.user.Name)
		if err == nil {
			v.sayUndo(userPath(a.user.ID, "resume"), nil, "The time of %s stands still, and they cannot use what they hold.", a.user.Name)
		}
		return err
	})
}

func (v *visit) userResume() error {
	return v.onMember(func(a *userActs) error {
		err := a.ResumeUser(a.ctx, v.actor, a.app, a.user.Name)
		if err == nil {
			v.sayUndo(userPath(a.user.ID, "pause"), nil, "The time of %s runs on.", a.user.Name)
		}
		return err
	})
}

func (v *visit) userResetMachines() error {
	return v.onMember(func(a *userActs) error {
		err := a.ResetHardware(a.ctx, v.actor, a.app, a.user.Name)
		if err == nil {
			v.say(web.Good, "The next machine that %s signs in from becomes theirs.", a.user.Name)
		}
		return err
	})
}

func (v *visit) userAddMachine() error {
	return v.onMember(func(a *userActs) error {
		err := a.AddHardware(a.ctx, v.actor, a.app, a.user.Name, v.input.Text("hwid"))
		if err == nil {
			v.say(web.Good, "%s may sign in from that machine too.", a.user.Name)
		}
		return err
	})
}

func (v *visit) userDropSecondFactor() error {
	return v.onMember(func(a *userActs) error {
		err := a.ClearSecondFactor(a.ctx, v.actor, a.app, a.user.Name)
		if err == nil {
			v.say(web.Good, "%s signs in without a code now.", a.user.Name)
		}
		return err
	})
}

func (v *visit) userSaveVariable() error {
	return v.onMember(func(a *userActs) error {
		name, readOnly := v.input.Text("name"), v.input.Bool("read_only")
		_, err := a.SetUserVariables(a.ctx, v.actor, a.app, a.user.Name, false, name, v.input.Raw("value"), &readOnly)
		if err == nil {
			v.say(web.Good, "The variable %s is set.", name)
		}
		return err
	})
}

func (v *visit) userDropVariable() error {
	return v.onMember(func(a *userActs) error {
		name := v.input.Raw("name")
		was, err := a.FindUserVariable(a.ctx, v.actor, a.app, a.user.Name, name)
		if err == nil {
			err = a.DropUserVariable(a.ctx, v.actor, a.app, a.user.Name, name)
		}
		if license.ReasonOf(err) == license.VariableUnknown {
			return license.Invalidf("", "that variable is no more")
		}
		if err != nil {
			return err
		}
		fields := map[string]string{"name": name, "value": was.Value}
		if was.ReadOnly {
			fields["read_only"] = "yes"
		}
		v.sayUndo(userPath(a.user.ID, "variables"), fields, "The variable %s is removed.", name)
		return nil
	})
}

// userEndSessions ends one session of a user, or all of them.
func (v *visit) userEndSessions() error {
	return v.onMember(func(a *userActs) error {
		session := v.input.Text("session")
		if session == "" {
			n, err := a.EndSessionsOfUser(a.ctx, v.actor, a.app, a.user.Name)
			if err == nil {
				v.say(web.Good, web.N(a.ctx, n, "%d session has ended.", "%d sessions have ended."))
			}
			return err
		}
		err := a.EndSession(a.ctx, v.actor, a.app, session)
		if license.ReasonOf(err) == license.SessionUnknown {
			v.say(web.Info, "That session had ended already.")
			return nil
		}
		if err == nil {
			v.say(web.Good, "The session has ended.")
		}
		return err
	})
}

func (v *visit) userDelete() error {
	user, err := v.userOf(office.Page{Limit: 1})
	if err != nil {
		return err
	}
	o, ctx := v.p.d.Office, v.Context()
	if user.Member != nil {
		err = o.DropUser(ctx, v.actor, user.Product.Code, user.Name)
	} else {
		err = o.DropLicenseUser(ctx, v.actor, "", fmt.Sprint(int64(user.ID)))
	}
	if err != nil {
		return err
	}
	v.say(web.Good, "%s is deleted.", user.Name)
	return v.redirect("/users")
}

// userFields are the names of fields as the forms have them, by what the office calls them.
func userFields(f web.Faults) web.Faults {
	if text, ok := f["username"]; ok {
		f["name"] = text
		delete(f, "username")
	}
	return f
}
