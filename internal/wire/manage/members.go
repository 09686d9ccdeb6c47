package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Member is somebody who works for you: an account on the server, and a role.
type Member struct {
	ID       license.UserID `json:"id" example:"1774267200000007"`
	Email    string         `json:"email" example:"ben@example.com"`
	Name     string         `json:"name" example:"Ben Example"`
	Role     identity.Role  `json:"role" enum:"owner,admin,support,read_only" doc:"owner does everything, admin all but settings and owners, support helps customers, read_only looks."`
	Disabled bool           `json:"disabled" doc:"The account is switched off everywhere."`
	Since    license.Time   `json:"since" doc:"When they became a member."`
	Created  license.Time   `json:"created_at" doc:"When the account was made."`
}

// MemberLockout is what is held against an account after wrong passwords.
type MemberLockout struct {
	Locked      bool         `json:"locked" doc:"No password is taken now, not even the right one."`
	LockedUntil license.Time `json:"locked_until" doc:"The end of the last lock, also when that is over."`
	Permanent   bool         `json:"permanent" doc:"It stays locked until an owner unlocks it."`
	Failures    int64        `json:"failures" doc:"Wrong passwords since the last lock."`
	Locks       int64        `json:"locks" doc:"Locks so far."`
	LastFailure license.Time `json:"last_failure_at"`
}

type ofMember struct {
	Member string `path:"member" doc:"The e-mail address or identity of the member." example:"ben@example.com"`
}

type newMember struct {
	Body struct {
		Email    string          `json:"email" minLength:"3" maxLength:"254" example:"ben@example.com"`
		Name     string          `json:"name,omitempty" maxLength:"200" doc:"Of a new account." example:"Ben Example"`
		Password identity.Secret `json:"password,omitempty" maxLength:"1000" doc:"Of a new account." example:"correct horse battery staple 7"`
		Role     identity.Role   `json:"role" enum:"owner,admin,support,read_only" example:"support"`
	}
}

type changeMember struct {
	ofMember
	Body struct {
		Role     api.Change[identity.Role] `json:"role,omitzero" required:"false" enum:"owner,admin,support,read_only" example:"support"`
		Disabled api.Change[bool]          `json:"disabled,omitzero" required:"false" doc:"Switch the account off everywhere, or on again."`
	}
}

type setMemberPassword struct {
	ofMember
	Body struct {
		Password identity.Secret `json:"password" minLength:"1" maxLength:"1000" example:"correct horse battery staple 7"`
	}
}

type listMembers struct{ api.Paged }

func addMembers(a *api.API) {
	const tag = "Members"
	api.Add(a, op(tag, "listMembers", http.MethodGet, "/members", "List members", identity.ReadUsers),
		func(ctx context.Context, c *api.Call, in *listMembers) (api.List[Member], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Member]{}, err
			}
			found, err := c.Office.ListMembers(ctx, c.Actor, page)
			return api.ListOf(in.Paged, found, viewMember, func(m *office.Member) string { return api.ID(m.User.ID) }), err
		})
	api.Add(a, with(op(tag, "createMember", http.MethodPost, "/members", "Add a member", identity.WriteUsers), creates,
		describedAs("With a password a new account is made; without one, the account with that e-mail address becomes a member. A token makes nobody an owner.")),
		func(ctx context.Context, c *api.Call, in *newMember) (Member, error) {
			m, err := in.create(ctx, c)
			if err != nil {
				return Member{}, err
			}
			c.Created("/members/" + api.ID(m.User.ID))
			return viewMember(&m), nil
		})
	api.Add(a, with(op(tag, "showMember", http.MethodGet, "/members/{member}", "Show a member", identity.ReadUsers), tagged),
		func(ctx context.Context, c *api.Call, in *ofMember) (Member, error) {
			m, err := c.Office.FindMember(ctx, c.Actor, in.Member)
			return viewMember(&m), err
		})
	api.Add(a, with(op(tag, "changeMember", http.MethodPatch, "/members/{member}", "Change a member", identity.WriteUsers), changes,
		describedAs("The last owner stays one. An account that belongs to other tenants too is switched off by its holder or the operator alone.")),
		func(ctx context.Context, c *api.Call, in *changeMember) (Member, error) {
			b := &in.Body
			if b.Role.Given && b.Role.Value == "" {
				return Member{}, license.Invalidf("role", "a member has a role; delete the member instead")
			}
			m, err := c.Office.ChangeMember(ctx, c.Actor, in.Member, office.MemberChange{
				Role: b.Role.Ptr(), Disabled: b.Disabled.Ptr(),
				If: func(m office.Member) error { return c.Match(viewMember(&m)) },
			})
			return viewMember(&m), err
		})
	api.Add(a, with(op(tag, "deleteMember", http.MethodDelete, "/members/{member}", "Remove a member", identity.WriteUsers), destroys,
		describedAs("The account stays; it belongs to you no more. The last owner stays a member.")),
		func(ctx context.Context, c *api.Call, in *ofMember) (Member, error) {
			m, err := c.Office.FindMember(ctx, c.Actor, in.Member)
			if err == nil {
				err = c.Office.RemoveMember(ctx, c.Actor, in.Member)
			}
			return viewMember(&m), err
		})
	addMemberPasswords(a, tag)
}

func addMemberPasswords(a *api.API, tag string) {
	api.Add(a, with(op(tag, "setMemberPassword", http.MethodPost, "/members/{member}/set-password", "Set a member's password", identity.WriteUsers), destroys,
		describedAs("For an account that belongs to you alone.")),
		func(ctx context.Context, c *api.Call, in *setMemberPassword) (api.None, error) {
			return api.None{}, c.Office.SetPassword(ctx, c.Actor, in.Member, in.Body.Password)
		})
	api.Add(a, with(op(tag, "showMemberLockout", http.MethodGet, "/members/{member}/lockout", "Show a member's lockout", identity.ReadUsers),
		describedAs("A lockout is ended by an owner, who signs in for it; a token cannot.")),
		func(ctx context.Context, c *api.Call, in *ofMember) (MemberLockout, error) {
			s, err := c.Office.Locked(ctx, c.Actor, in.Member)
			return MemberLockout{
				Locked: s.Permanent || c.Now < s.LockedUntil, LockedUntil: s.LockedUntil, Permanent: s.Permanent,
				Failures: int64(s.Failures), Locks: int64(s.Level), LastFailure: s.LastFailure,
			}, err
		})
}

// create makes an account, or takes the one there is.
func (in *newMember) create(ctx context.Context, c *api.Call) (office.Member, error) {
	b := &in.Body
	if b.Password == "" {
		if b.Name != "" {
			return office.Member{}, license.Invalidf("name", "an account has its name already; a new one comes with a password")
		}
		return c.Office.AddMember(ctx, c.Actor, b.Email, b.Role)
	}
	return c.Office.CreateUser(ctx, c.Actor, office.NewUser{Email: b.Email, Name: b.Name, Password: b.Password, Role: b.Role})
}

func viewMember(m *office.Member) Member {
	return Member{ID: m.User.ID, Email: m.User.Email, Name: m.User.Name, Role: m.Role, Disabled: m.User.Disabled, Since: m.Since, Created: m.User.Created}
}
