package manage

import (
	"context"
	"net/http"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// LicenseKey is the key of a license.
type LicenseKey struct {
	Key string `json:"license_key" example:"APP-1234"`
}

// WebToken is what a user's web loader signs in with in place of the password.
type WebToken struct {
	Token string `json:"web_token" doc:"32 hexadecimal digits." example:"000102030405060708090a0b0c0d0e0f"`
}

type banApplicationUser struct {
	ofApplicationUser
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"They may be told." example:"fraud"`
	}
}

type timeOfUser struct {
	ofApplicationUser
	Body struct {
		Level string       `json:"level,omitempty" maxLength:"49" doc:"Of which; absent is default." example:"default"`
		By    license.Span `json:"by" example:"1mo"`
	}
}

type timeOfUsers struct {
	ofProduct
	Body struct {
		Level      string       `json:"level,omitempty" maxLength:"49" doc:"Of which; absent is default." example:"default"`
		By         license.Span `json:"by" example:"1mo"`
		ActiveOnly bool         `json:"active_only,omitempty" doc:"Only those who have time left of the level."`
	}
}

type levelOfUser struct {
	ofApplicationUser
	Level string `path:"level" doc:"The name of the level." example:"default"`
}

type hardwareOfUser struct {
	ofApplicationUser
	Body struct {
		Hardware string `json:"hardware" minLength:"1" maxLength:"500" doc:"As the app says it." example:"S-1-5-21-1004336348"`
	}
}

type waitOfUser struct {
	ofApplicationUser
	Body struct {
		Seconds int64 `json:"seconds" minimum:"0" maximum:"315360000" doc:"From now on; 0 is at once." example:"86400"`
	}
}

type muteOfUser struct {
	ofApplicationUser
	Body struct {
		Seconds int64 `json:"seconds" minimum:"1" doc:"From now on." example:"3600"`
	}
}

type passwordOfUser struct {
	ofApplicationUser
	Body struct {
		Password *string `json:"password" nullable:"true" maxLength:"1000" doc:"null is none: the first that they sign in with becomes theirs." example:"correct horse"`
	}
}

// addApplicationUserChanges adds what is done to users and answered with them.
func addApplicationUserChanges(a *api.API) {
	addUserVerbs(a)
	addUserStandings(a)
	addUserTimes(a)
	addUserMachines(a)
	addUserSecrets(a)
}

// alterUser changes a user and shows them as they are then.
func alterUser(ctx context.Context, c *api.Call, in *ofApplicationUser, change func(place) error) (ApplicationUserDetail, error) {
	return alter(at(ctx, c, in.Product), identity.WriteCustomers, applicationUser(in.User), change)
}

// addUserVerbs adds what needs nothing but the name.
func addUserVerbs(a *api.API) {
	for _, verb := range []struct {
		id, path, summary, detail string
		do                        func(*office.Office, context.Context, identity.Actor, string, string) error
	}{
		{"unbanApplicationUser", "/unban", "Let a banned user back", "And what was kept out with them.", (*office.Office).UnbanUser},
		{"pauseApplicationUser", "/pause", "Stop the time of a user", "They cannot use what they hold meanwhile.", (*office.Office).PauseUser},
		{"resumeApplicationUser", "/resume", "Let the time of a user run on", "But of levels that are paused themselves.", (*office.Office).ResumeUser},
		{"unmuteApplicationUser", "/unmute", "Let a user write in chat again", "", (*office.Office).UnmuteUser},
		{
			"resetApplicationUser", "/reset-hardware", "Forget the machines of a user", "The next that they sign in from is theirs.",
			(*office.Office).ResetHardware,
		},
		{"clearSecondFactor", "/clear-second-factor", "Let a user sign in without a code", "Until they ask for codes again.", (*office.Office).ClearSecondFactor},
	} {
		api.Add(a, with(op(applicationUserTag, verb.id, http.MethodPost, applicationUserPath+verb.path, verb.summary, identity.WriteCustomers), changes,
			describedAs(verb.detail)),
			func(ctx context.Context, c *api.Call, in *ofApplicationUser) (ApplicationUserDetail, error) {
				return alterUser(ctx, c, in, func(p place) error { return verb.do(p.office, ctx, c.Actor, p.product, in.User) })
			})
	}
}

func addUserStandings(a *api.API) {
	const tag, one = applicationUserTag, applicationUserPath
	api.Add(a, with(op(tag, "banApplicationUser", http.MethodPost, one+"/ban", "Keep a user out", identity.WriteCustomers), changes,
		describedAs("Their machines and the address that they signed in from last are kept out too, and their sessions end.")),
		func(ctx context.Context, c *api.Call, in *banApplicationUser) (ApplicationUserDetail, error) {
			return alterUser(ctx, c, &in.ofApplicationUser, func(p place) error {
				return p.office.BanUser(ctx, c.Actor, p.product, in.User, in.Body.Reason)
			})
		})
	api.Add(a, with(op(tag, "muteApplicationUser", http.MethodPost, one+"/mute", "Keep a user from writing in chat", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *muteOfUser) (ApplicationUserDetail, error) {
			return alterUser(ctx, c, &in.ofApplicationUser, func(p place) error {
				return p.office.MuteUser(ctx, c.Actor, p.product, in.User, in.Body.Seconds)
			})
		})
	api.Add(a, with(op(tag, "takeLevel", http.MethodDelete, one+"/levels/{level}", "Take a level from a user", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *levelOfUser) (ApplicationUserDetail, error) {
			return alterUser(ctx, c, &in.ofApplicationUser, func(p place) error {
				return p.office.TakeLevel(ctx, c.Actor, p.product, in.User, in.Level)
			})
		})
}

func addUserTimes(a *api.API) {
	for _, verb := range []struct {
		word, one, all, detail string
		do                     func(*office.Office, context.Context, identity.Actor, string, office.Users, string, license.Span) (int64, error)
	}{
		{
			"extend", "Give a user more time of a level", "Give all users more time of a level",
			"What has ended begins again now, and who holds nothing of the level gets it. Who holds it for ever is left as they are.", (*office.Office).ExtendUsers,
		},
		{
			"shorten", "Take time of a level from a user", "Take time of a level from all users",
			"Nothing of it lasts longer than the longest did, less by.", (*office.Office).ShortenUsers,
		},
	} {
		api.Add(a, with(op(applicationUserTag, verb.word+"ApplicationUser", http.MethodPost, applicationUserPath+"/"+verb.word, verb.one,
			identity.WriteCustomers), changes, describedAs(verb.detail)),
			func(ctx context.Context, c *api.Call, in *timeOfUser) (ApplicationUserDetail, error) {
				return alterUser(ctx, c, &in.ofApplicationUser, func(p place) error {
					_, err := verb.do(p.office, ctx, c.Actor, p.product, office.Users{Name: in.User}, in.Body.Level, in.Body.By)
					return err
				})
			})
		api.Add(a, with(op(applicationUserTag, verb.word+"ApplicationUsers", http.MethodPost, applicationPath+"/users/"+verb.word, verb.all,
			identity.WriteCustomers), destroys, describedAs(verb.detail+" It goes in steps: what one has done stays when another fails.")),
			func(ctx context.Context, c *api.Call, in *timeOfUsers) (Count, error) {
				return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) {
					return verb.do(p.office, ctx, c.Actor, p.product, office.Users{All: true, ActiveOnly: in.Body.ActiveOnly}, in.Body.Level, in.Body.By)
				})
			})
	}
}

func addUserMachines(a *api.API) {
	const tag, one = applicationUserTag, applicationUserPath
	api.Add(a, with(op(tag, "addApplicationHardware", http.MethodPost, one+"/hardware", "Let a user sign in from one more machine", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *hardwareOfUser) (ApplicationUserDetail, error) {
			return alterUser(ctx, c, &in.ofApplicationUser, func(p place) error {
				return p.office.AddHardware(ctx, c.Actor, p.product, in.User, in.Body.Hardware)
			})
		})
	api.Add(a, with(op(tag, "delayApplicationReset", http.MethodPost, one+"/delay-reset", "Say when a user may reset their machine", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *waitOfUser) (ApplicationUserDetail, error) {
			return alterUser(ctx, c, &in.ofApplicationUser, func(p place) error {
				return p.office.SetResetAfter(ctx, c.Actor, p.product, in.User, time.Duration(in.Body.Seconds)*time.Second)
			})
		})
	api.Add(a, with(op(tag, "resetApplicationUsers", http.MethodPost, applicationPath+"/users/reset-hardware", "Forget the machines of all users", identity.WriteCustomers),
		destroys, describedAs("It answers how many machines they were.")),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) {
				return p.office.ResetAllHardware(ctx, c.Actor, p.product)
			})
		})
}

func addUserSecrets(a *api.API) {
	const tag, one = applicationUserTag, applicationUserPath
	// A password is hashed, for which no transaction is held.
	api.Add(a, with(op(tag, "setApplicationPassword", http.MethodPost, one+"/password", "Give a user another password", identity.WriteCustomers), destroys, tagged,
		describedAs("Their sessions end.")),
		func(ctx context.Context, c *api.Call, in *passwordOfUser) (ApplicationUserDetail, error) {
			password := ""
			if in.Body.Password != nil {
				password = *in.Body.Password
			}
			if err := c.Office.SetApplicationPassword(ctx, c.Actor, in.Product, in.User, identity.Secret(password)); err != nil {
				return ApplicationUserDetail{}, err
			}
			return applicationUser(in.User)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "showWebToken", http.MethodPost, one+"/web-token", "Get what the web loader of a user signs in with", identity.WriteCustomers), destroys,
		describedAs("It is made at the first call, and the same ever after.")),
		func(ctx context.Context, c *api.Call, in *ofApplicationUser) (WebToken, error) {
			token, err := c.Office.UserWebToken(ctx, c.Actor, in.Product, in.User)
			return WebToken{token.Reveal()}, err
		})
	api.Add(a, with(op(tag, "showApplicationUserKey", http.MethodGet, one+"/license-key", "Show the license that a user came with", identity.ReadLicenses),
		describedAs("Else another that they hold.")),
		func(ctx context.Context, c *api.Call, in *ofApplicationUser) (LicenseKey, error) {
			key, err := c.Office.KeyOfUser(ctx, c.Actor, in.Product, in.User)
			return LicenseKey{key}, err
		})
}
