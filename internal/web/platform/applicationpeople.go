package platform

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// staffBit is a permission of a manager (keyauth.md §12).
type staffBit struct {
	bit  int64
	name string
}

// staffBits are the permissions that a manager may have.
func staffBits(ctx context.Context) []staffBit {
	return []staffBit{
		{1, web.T(ctx, "Licenses")},
		{2, web.T(ctx, "Users")},
		{4, web.T(ctx, "Levels")},
		{8, web.T(ctx, "Chats")},
		{16, web.T(ctx, "Sessions")},
		{32, web.T(ctx, "Webhooks")},
		{64, web.T(ctx, "Files")},
		{128, web.T(ctx, "Variables")},
		{256, web.T(ctx, "Logs")},
		{512, web.T(ctx, "Blocks")},
		{1024, web.T(ctx, "Settings")},
		{2048, web.T(ctx, "Tokens")},
	}
}

func (v *visit) applicationStaff() error {
	return v.showThings("staff", identity.WriteUsers, (*visit).staffPage)
}

func (v *visit) staffPage(t *things) (templ.Component, error) {
	all, err := v.p.d.Office.ListStaff(v.Context(), v.actor, t.ref(), v.after(), listSize+1)
	if err != nil {
		return nil, err
	}
	list := cut(t, all, func(s *store.ApplicationStaff) string { return s.Name })
	var of *store.ApplicationStaff
	if t.editing != "" {
		found, err := v.p.d.Office.FindStaff(v.Context(), v.actor, t.ref(), t.editing)
		if err != nil {
			return nil, err
		}
		of = &found
	}
	return staffPage(t, list, of), nil
}

func (v *visit) changeStaff() error {
	in := v.input
	n := office.NewStaff{Name: in.Text("name"), Role: in.Text("role"), Email: in.Text("email"), Levels: in.Text("levels"), Password: identity.Secret(in.Raw("password"))}
	for _, text := range in.Values["permission"] {
		bit, _ := strconv.ParseInt(text, 10, 64) // What is none adds nothing.
		n.Permissions |= bit
	}
	return v.changeThings("staff", identity.WriteUsers, (*visit).staffPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			s, err := o.AddStaff(ctx, v.actor, product, n)
			return v.t("%s is there.", s.Name), err
		},
		"save": func(ctx context.Context, o *office.Office, product string) (string, error) {
			by := map[string]int64{}
			for _, length := range office.BalanceLengths() {
				if n := in.Int(length, 0); n != 0 {
					by[length] = n
				}
			}
			if err := v.asked(); err != nil {
				return "", err
			}
			_, err := o.AddBalance(ctx, v.actor, product, in.Text("edit"), by)
			return v.t("The balance of %s is changed.", in.Text("edit")), err
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("%s is removed.", n.Name), o.DropStaff(ctx, v.actor, product, n.Name)
		},
	})
}

// lengthName is a length of a balance as people call it.
func lengthName(ctx context.Context, length string) string {
	switch length {
	case "day":
		return web.T(ctx, "Days")
	case "week":
		return web.T(ctx, "Weeks")
	case "month":
		return web.T(ctx, "Months")
	case "threemonth":
		return web.T(ctx, "Three months")
	case "sixmonth":
		return web.T(ctx, "Six months")
	case "lifetime":
		return web.T(ctx, "Lifetimes")
	case "year":
		return web.T(ctx, "Years")
	}
	return length
}

// balanceText says what somebody may still issue.
func balanceText(ctx context.Context, balance map[string]int64) string {
	var parts []string
	for _, length := range office.BalanceLengths() {
		if n := balance[length]; n != 0 {
			parts = append(parts, web.T(ctx, "%s: %d", lengthName(ctx, length), n))
		}
	}
	return strings.Join(parts, ", ")
}

// sessionSeparator stands between the end of a session and its handle, in the address of a page.
const sessionSeparator = "-"

func (v *visit) applicationSessions() error {
	return v.showThings("sessions", identity.WriteCustomers, (*visit).sessionsPage)
}

func (v *visit) sessionsPage(t *things) (templ.Component, error) {
	var after store.ApplicationSession
	if end, handle, ok := strings.Cut(v.after(), sessionSeparator); ok {
		at, _ := license.ParseID(end)
		raw, _ := hex.DecodeString(handle) // A text that is neither goes on at the beginning.
		after.Expires = license.Time(at)
		for i := copy(after.IDHash[:], raw); i < len(after.IDHash); i++ {
			after.IDHash[i] = 0xff
		}
	}
	all, err := v.p.d.Office.ListSessions(v.Context(), v.actor, t.ref(), after, listSize+1)
	if err != nil {
		return nil, err
	}
	list := cut(t, all, func(s *store.ApplicationSession) string { return idText(s.Expires) + sessionSeparator + s.Handle() })
	return sessionsPage(t, list), nil
}

func (v *visit) endSessions() error {
	return v.changeThings("sessions", identity.WriteCustomers, (*visit).sessionsPage, map[string]deed{
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The session is ended."), o.EndSession(ctx, v.actor, product, v.input.Text("id"))
		},
		"drop_all": func(ctx context.Context, o *office.Office, product string) (string, error) {
			n, err := o.EndSessions(ctx, v.actor, product)
			return web.N(ctx, n, "%d session is ended.", "%d sessions are ended."), err
		},
	})
}

func (v *visit) applicationChats() error {
	return v.showThings("chats", identity.WriteCustomers, (*visit).chatsPage)
}

func (v *visit) chatsPage(t *things) (templ.Component, error) {
	all, err := v.p.d.Office.ListChannels(v.Context(), v.actor, t.ref(), v.after(), listSize+1)
	if err != nil {
		return nil, err
	}
	list := cut(t, all, func(c *store.ChatChannel) string { return c.Name })
	if t.editing != "" && len(t.in) == 0 {
		found, err := v.p.d.Office.FindChannel(v.Context(), v.actor, t.ref(), t.editing)
		if err != nil {
			return nil, err
		}
		t.in.Set("delay", strconv.FormatInt(found.Delay, 10))
	}
	mutes, err := v.p.d.Office.ListMutes(v.Context(), v.actor, t.ref(), 0, listSize)
	return chatsPage(t, list, mutes), err
}

func (v *visit) changeChats() error {
	in := v.input
	name, delay := in.Text("name"), in.Int("delay", 0)
	return v.changeThings("chats", identity.WriteCustomers, (*visit).chatsPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The channel %s is there.", name), o.AddChannel(ctx, v.actor, product, name, delay)
		},
		"save": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The channel %s is saved.", in.Text("edit")), o.ChangeChannel(ctx, v.actor, product, in.Text("edit"), delay)
		},
		"clear": func(ctx context.Context, o *office.Office, product string) (string, error) {
			n, err := o.ClearChannel(ctx, v.actor, product, name)
			return web.N(ctx, n, "%d message is gone.", "%d messages are gone."), err
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The channel %s is gone.", name), o.DropChannel(ctx, v.actor, product, name)
		},
		"unmute": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("%s may write again.", name), o.UnmuteUser(ctx, v.actor, product, name)
		},
	})
}

func (v *visit) applicationLogs() error {
	return v.showThings("logs", identity.WriteAudit, (*visit).logsPage)
}

func (v *visit) logsPage(t *things) (templ.Component, error) {
	before, _ := license.ParseID(v.after())
	all, err := v.p.d.Office.ListLogs(v.Context(), v.actor, t.ref(), before, listSize+1)
	if err != nil {
		return nil, err
	}
	return logsPage(t, cut(t, all, func(l *store.ApplicationLog) string { return idText(l.ID) })), nil
}

func (v *visit) dropLogs() error {
	return v.changeThings("logs", identity.WriteAudit, (*visit).logsPage, map[string]deed{
		"drop_all": func(ctx context.Context, o *office.Office, product string) (string, error) {
			n, err := o.DropLogs(ctx, v.actor, product)
			return web.N(ctx, n, "%d line is gone.", "%d lines are gone."), err
		},
	})
}
