package platform

import (
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// teamRoutes are the people of a tenant and their invitations.
func (p *Platform) teamRoutes() []route {
	return []route{
		{pattern: "GET /team", needs: identity.ReadUsers, page: (*visit).teamPage},
		{pattern: "GET /team/invite", needs: identity.WriteUsers, page: (*visit).invitePage},
		{pattern: "POST /team/invite", needs: identity.WriteUsers, page: (*visit).invite},
		{pattern: "POST /team/invitations/{id}/withdraw", needs: identity.WriteUsers, page: (*visit).withdrawInvitation},
		{pattern: "GET /team/{id}", needs: identity.ReadUsers, page: (*visit).memberPage},
		{pattern: "POST /team/{id}/role", needs: identity.WriteUsers, page: (*visit).changeRole},
		{pattern: "POST /team/{id}/disable", needs: identity.WriteUsers, page: (*visit).disableMember},
		{pattern: "POST /team/{id}/enable", needs: identity.WriteUsers, page: (*visit).enableMember},
		{pattern: "POST /team/{id}/unlock", page: (*visit).unlockMember},
		{pattern: "POST /team/{id}/remove", needs: identity.WriteUsers, page: (*visit).removeMember},
	}
}

// memberRow is somebody of the tenant.
type memberRow struct {
	office.Member
	Seen   license.Time // last, signed in; 0 is not known
	Locked *office.Locked
	Self   bool // it is the person who looks
}

// name is what people call them.
func (m *memberRow) name() string {
	if m.User.Name != "" {
		return m.User.Name
	}
	return m.User.Email
}

// deeds is the address of what they did, in the audit log: it knows people by their identity, too.
func (m *memberRow) deeds() string {
	actor := identity.Actor{Kind: identity.PlatformUser, User: m.User.ID, Name: m.User.Email}
	return base + "/audit" + web.Query(nil, "actor", actor.String())
}

// teamView is the people of a tenant.
type teamView struct {
	Members     []memberRow
	Invitations []office.Invitation
	CanWrite    bool
	Next        string // address of the next page
	First       bool   // it is the first page
}

// teamPageSize is how many people a page lists.
const teamPageSize = 50

func (v *visit) teamPage() error {
	before, _ := license.ParseID(v.input.Text("before"))
	view := teamView{CanWrite: v.can(identity.WriteUsers), First: before == 0}
	members, err := v.p.d.Office.ListMembers(v.Context(), v.actor, office.Page{Before: before, Limit: teamPageSize})
	if err != nil {
		return err
	}
	if view.Members, err = v.memberRows(members); err != nil {
		return err
	}
	if len(members) == teamPageSize {
		view.Next = base + "/team" + web.Query(nil, "before", fmt.Sprint(int64(members[len(members)-1].User.ID)))
	}
	if view.First {
		if view.Invitations, err = v.p.d.Office.ListInvitations(v.Context(), v.actor); err != nil {
			return err
		}
	}
	return v.draw(v.t("Team"), teamPage(view))
}

// memberRows adds to members what is known of their accounts.
func (v *visit) memberRows(members []office.Member) ([]memberRow, error) {
	seen, err := v.p.d.Office.MembersSeen(v.Context(), v.actor)
	if err != nil {
		return nil, err
	}
	locked, err := v.p.d.Office.LockedMembers(v.Context(), v.actor)
	if err != nil {
		return nil, err
	}
	rows := make([]memberRow, len(members))
	for i, m := range members {
		rows[i] = memberRow{Member: m, Seen: seen[m.User.ID], Self: m.User.ID == v.actor.User}
		for j := range locked {
			if locked[j].User == m.User.ID {
				rows[i].Locked = &locked[j]
			}
		}
	}
	return rows, nil
}

// memberView is one of them, with what may be done.
type memberView struct {
	memberRow
	Tenant    string
	Roles     []identity.Role // that the person who looks may give
	CanWrite  bool            // change this member
	CanUnlock bool
}

// member is the one that the path names; those of other tenants are NotFound.
func (v *visit) member() (office.Member, string, error) {
	id, err := v.id("id")
	if err != nil {
		return office.Member{}, "", err
	}
	ref := fmt.Sprint(id)
	m, err := v.p.d.Office.FindMember(v.Context(), v.actor, ref)
	return m, ref, err
}

func (v *visit) memberPage() error {
	m, _, err := v.member()
	if err != nil {
		return err
	}
	rows, err := v.memberRows([]office.Member{m})
	if err != nil {
		return err
	}
	view := memberView{memberRow: rows[0], Tenant: v.tenantName(), Roles: v.mayGive(), CanUnlock: v.actor.RequireOwner(v.actor.Tenant) == nil}
	view.CanWrite = v.can(identity.WriteUsers) && v.actor.Role.MayManage(m.Role)
	return v.draw(view.name(), memberPage(view))
}

// tenantName is the name of the company whose pages are open.
func (v *visit) tenantName() string {
	for _, m := range v.session.Memberships {
		if m.Tenant.ID == v.session.Tenant {
			return m.Tenant.Name
		}
	}
	return ""
}

// mayGive lists the roles that the person may give, the most powerful last: nobody becomes an owner by a slip.
func (v *visit) mayGive() []identity.Role {
	var list []identity.Role
	for _, r := range []identity.Role{identity.Support, identity.ReadOnly, identity.Admin, identity.Owner} {
		if v.actor.Role.MayManage(r) {
			list = append(list, r)
		}
	}
	return list
}

func (v *visit) changeRole() error {
	m, ref, err := v.member()
	if err != nil {
		return err
	}
	role := identity.Role(v.input.Text("role"))
	if err := v.p.d.Office.SetRole(v.Context(), v.actor, ref, role); err != nil {
		return err
	}
	path := "/team/" + ref
	v.sayUndo(path+"/role", map[string]string{"role": string(m.Role)}, "%s: %s from now on.", isolated(m.User.Email), roleName(v.Context(), role))
	if m.User.ID == v.actor.User {
		path = "/" // Whoever gave away their own rights may not see the team any more.
	}
	return v.redirect(path)
}

func (v *visit) disableMember() error { return v.switchMember(true) }

func (v *visit) enableMember() error { return v.switchMember(false) }

func (v *visit) switchMember(off bool) error {
	m, ref, err := v.member()
	if err != nil {
		return err
	}
	if err := v.p.d.Office.DisableUser(v.Context(), v.actor, ref, off); err != nil {
		return err
	}
	if off {
		v.sayUndo("/team/"+ref+"/enable", nil, "%s is disabled and signed out everywhere.", isolated(m.User.Email))
	} else {
		v.say(web.Good, "%s may sign in again.", isolated(m.User.Email))
	}
	return v.redirect("/team/" + ref)
}

func (v *visit) unlockMember() error {
	m, ref, err := v.member()
	if err != nil {
		return err
	}
	if err := v.p.d.Office.Unlock(v.Context(), v.actor, ref); err != nil {
		return err
	}
	v.say(web.Good, "%s is unlocked, and may sign in at once.", isolated(m.User.Email))
	return v.back("/team/" + ref)
}

func (v *visit) removeMember() error {
	m, ref, err := v.member()
	if err != nil {
		return err
	}
	if err := v.p.d.Office.RemoveMember(v.Context(), v.actor, ref); err != nil {
		return err
	}
	v.say(web.Good, "%s does not belong to %s any more.", isolated(m.User.Email), isolated(v.tenantName()))
	if m.User.ID == v.actor.User {
		return v.redirect("/")
	}
	return v.redirect("/team")
}

// inviteView is the form that invites somebody.
type inviteView struct {
	Email  string
	Role   identity.Role
	Roles  []identity.Role
	Mails  bool // the server sends mails
	Faults web.Faults
}

func (v *visit) invitePage() error {
	return v.draw(v.t("Invite a colleague"), invitePage(inviteView{Role: identity.Support, Roles: v.mayGive(), Mails: v.p.d.Office.SendsMail()}))
}

// invite sends an invitation. Where the server sends no mails, the link is shown instead.
func (v *visit) invite() error {
	view := inviteView{Email: v.input.Text("email"), Role: identity.Role(v.input.Text("role")), Roles: v.mayGive(), Mails: v.p.d.Office.SendsMail()}
	link := func(token string) string {
		return v.p.origin(v.Request) + base + "/invitation" + web.Query(nil, "token", token)
	}
	made, token, err := v.p.d.Office.Invite(v.Context(), v.actor, view.Email, view.Role, link)
	if err != nil {
		return v.again(err, v.t("Invite a colleague"), func(f web.Faults) templ.Component {
			view.Faults = f
			return invitePage(view)
		})
	}
	if !view.Mails {
		return v.draw(v.t("Invitation"), invitedPage(made, link(token.Reveal())))
	}
	v.say(web.Good, "The invitation is on its way to %s.", isolated(made.Email))
	return v.redirect("/team")
}

func (v *visit) withdrawInvitation() error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if err := v.p.d.Office.WithdrawInvitation(v.Context(), v.actor, license.InvitationID(id)); err != nil {
		return err
	}
	v.say(web.Good, "The invitation is withdrawn: its link is not good any more.")
	return v.redirect("/team")
}

// roleMeaning says what somebody with a role may do.
func roleMeaning(ctx context.Context, r identity.Role) string {
	switch r {
	case identity.Owner:
		return web.T(ctx, "Owners do everything, also what nobody else does: settings, other owners, and opening locked accounts.")
	case identity.Admin:
		return web.T(ctx, "Admins do everything but the settings of the company and its owners.")
	case identity.Support:
		return web.T(ctx, "Support helps customers: they change licenses, users and customers, and see products, policies and orders.")
	case identity.ReadOnly:
		return web.T(ctx, "Who may only read sees everything, and changes nothing.")
	}
	return ""
}

// lockEnds says when a lock ends.
func lockEnds(ctx context.Context, until license.Time) string {
	if until.IsZero() {
		return web.T(ctx, "until somebody unlocks it")
	}
	return web.T(ctx, "opens %s", strings.ToLower(web.Relative(ctx, until)))
}
