package manage

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// ApplicationBlock is an address or a machine that an application keeps out, or an address that it lets in.
type ApplicationBlock struct {
	Kind    store.BlockKind       `json:"kind" enum:"ip,hwid,allow" doc:"ip and hwid keep out; allow lets an address in whatever else is said of it." example:"ip"`
	Value   string                `json:"value" example:"203.0.113.1"`
	Reason  string                `json:"reason" example:"abuse"`
	User    license.LicenseUserID `json:"user_id,omitempty" doc:"Whose ban it came with; absent is nobody's." example:"1774267200000006"`
	Created license.Time          `json:"created_at"`
}

// ApplicationSession is somebody at work with an app.
type ApplicationSession struct {
	ID      string                `json:"id" doc:"It names the session and proves nothing." example:"000102030405060708090a0b0c0d0e0f"`
	User    license.LicenseUserID `json:"user_id,omitempty" doc:"Absent: nobody has signed in yet." example:"1774267200000006"`
	Name    string                `json:"user,omitempty" example:"bob"`
	Address string                `json:"address" example:"203.0.113.1"`
	Created license.Time          `json:"created_at"`
	Expires license.Time          `json:"expires_at"`
}

// ApplicationLog is a line that an app wrote.
type ApplicationLog struct {
	ID         int64        `json:"id" example:"1774267200000007"`
	At         license.Time `json:"at"`
	Message    string       `json:"message" example:"started"`
	Credential string       `json:"user" doc:"Who was signed in; empty is nobody." example:"bob"`
	Machine    string       `json:"machine" doc:"As the app calls it." example:"BOB-PC"`
	Address    string       `json:"address" example:"203.0.113.1"`
}

type ofBlock struct {
	ofProduct
	Kind  store.BlockKind `path:"kind" enum:"ip,hwid,allow" example:"ip"`
	Value string          `path:"value" doc:"The address, or the id of the machine as apps say it." example:"203.0.113.1"`
}

type listBlocks struct {
	listOfApplication
	Allow bool `query:"allow" doc:"true: what is let in, in place of what is kept out."`
}

type deleteBlocks struct {
	ofProduct
	Allow bool `query:"allow" doc:"true: what is let in, in place of what is kept out."`
}

type newBlock struct {
	ofProduct
	Body struct {
		Kind   store.BlockKind `json:"kind" enum:"ip,hwid,allow" example:"ip"`
		Value  string          `json:"value" minLength:"1" maxLength:"500" example:"203.0.113.1"`
		Reason string          `json:"reason,omitempty" maxLength:"200" example:"abuse"`
	}
}

func addApplicationBlocks(a *api.API) {
	const tag, all, one = "Application blocks", applicationPath + "/blocks", applicationPath + "/blocks/{kind}/{value}"
	api.Add(a, op(tag, "listBlocks", http.MethodGet, all, "List what an application keeps out, or lets in", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *listBlocks) (api.List[ApplicationBlock], error) {
			text, err := in.After()
			if err != nil {
				return api.List[ApplicationBlock]{}, err
			}
			kind, value, _ := strings.Cut(text, between)
			found, err := c.Office.ListBlocks(ctx, c.Actor, in.Product, in.Allow, store.Block{Kind: store.BlockKind(kind), Value: value}, in.Limit)
			return api.ListOf(in.Paged, found, viewBlock, func(b *store.Block) string { return string(b.Kind) + between + b.Value }), err
		})
	api.Add(a, with(op(tag, "createBlock", http.MethodPost, all, "Keep an address or a machine out, or let an address in", identity.WriteCustomers), creates,
		describedAs("What is there already gets the reason.")),
		func(ctx context.Context, c *api.Call, in *newBlock) (ApplicationBlock, error) {
			b := &in.Body
			made, err := alter(at(ctx, c, in.Product), identity.WriteCustomers, block(b.Kind, b.Value), func(p place) error {
				return p.office.BlockEntry(ctx, c.Actor, p.product, b.Kind, b.Value, b.Reason)
			})
			if err != nil {
				return ApplicationBlock{}, err
			}
			c.Created(pathOf("/applications", in.Product, "blocks", string(made.Kind), made.Value))
			return made, nil
		})
	api.Add(a, with(op(tag, "showBlock", http.MethodGet, one, "Show what is said of an address or a machine", identity.ReadCustomers), tagged),
		func(ctx context.Context, c *api.Call, in *ofBlock) (ApplicationBlock, error) {
			return block(in.Kind, in.Value)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "deleteBlock", http.MethodDelete, one, "Forget what was said of an address or a machine", identity.WriteCustomers), changes,
		describedAs("Also what the ban of a user has said of it.")),
		func(ctx context.Context, c *api.Call, in *ofBlock) (ApplicationBlock, error) {
			return remove(at(ctx, c, in.Product), identity.WriteCustomers, block(in.Kind, in.Value), func(p place) error {
				return p.office.UnblockEntry(ctx, c.Actor, p.product, in.Kind, in.Value)
			})
		})
	api.Add(a, with(op(tag, "deleteBlocks", http.MethodDelete, all, "Forget everything that is kept out, or let in", identity.WriteCustomers), destroys),
		func(ctx context.Context, c *api.Call, in *deleteBlocks) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) {
				return p.office.DropBlocks(ctx, c.Actor, p.product, in.Allow)
			})
		})
}

// block shows what is said of an address or a machine.
func block(kind store.BlockKind, value string) func(place) (ApplicationBlock, error) {
	return func(p place) (ApplicationBlock, error) {
		b, err := p.office.FindBlock(p.ctx, p.c.Actor, p.product, kind, value)
		return viewBlock(&b), err
	}
}

func viewBlock(b *store.Block) ApplicationBlock {
	return ApplicationBlock{b.Kind, b.Value, b.Reason, b.User, b.Created}
}

type ofSession struct {
	ofProduct
	Session string `path:"session" doc:"The identity of the session, or what the app itself holds." example:"000102030405060708090a0b0c0d0e0f"`
}

// addApplicationSessions adds sessions, and what apps have logged in them.
func addApplicationSessions(a *api.API) {
	const tag, all, logs = "Application sessions", applicationPath + "/sessions", applicationPath + "/logs"
	api.Add(a, op(tag, "listSessions", http.MethodGet, all, "List the sessions of an application, those that end first at the front", identity.ReadCustomers), listSessions)
	api.Add(a, with(op(tag, "endSession", http.MethodDelete, all+"/{session}", "End a session", identity.WriteCustomers), destroys),
		func(ctx context.Context, c *api.Call, in *ofSession) (api.None, error) {
			return api.None{}, c.Office.EndSession(ctx, c.Actor, in.Product, in.Session)
		})
	api.Add(a, with(op(tag, "endSessions", http.MethodDelete, all, "End every session of an application", identity.WriteCustomers), destroys),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) { return p.office.EndSessions(ctx, c.Actor, p.product) })
		})
	api.Add(a, op(tag, "listApplicationLogs", http.MethodGet, logs, "List what apps have logged, newest first", identity.ReadAudit),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationLog], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[ApplicationLog]{}, err
			}
			found, err := c.Office.ListLogs(ctx, c.Actor, in.Product, page.Before, in.Limit)
			return api.ListOf(in.Paged, found, viewLog, func(l *store.ApplicationLog) string { return api.ID(l.ID) }), err
		})
	api.Add(a, with(op(tag, "deleteApplicationLogs", http.MethodDelete, logs, "Remove what apps have logged", identity.WriteAudit), destroys),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteAudit, func(p place) (int64, error) { return p.office.DropLogs(ctx, c.Actor, p.product) })
		})
}

// listSessions goes on after the end of a session and its handle, of which the hash begins.
func listSessions(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationSession], error) {
	text, err := in.After()
	if err != nil {
		return api.List[ApplicationSession]{}, err
	}
	var after store.ApplicationSession
	if text != "" {
		end, handle, _ := strings.Cut(text, between)
		expires, numErr := strconv.ParseInt(end, 10, 64)
		raw, hexErr := hex.DecodeString(handle)
		if numErr != nil || hexErr != nil || len(raw) > len(after.IDHash) {
			return api.List[ApplicationSession]{}, license.Invalidf("cursor", "a cursor is the next of the list before, as it is")
		}
		after.Expires = license.Time(expires)
		for i := copy(after.IDHash[:], raw); i < len(after.IDHash); i++ {
			after.IDHash[i] = 0xff
		}
	}
	found, err := c.Office.ListSessions(ctx, c.Actor, in.Product, after, in.Limit)
	return api.ListOf(in.Paged, found, viewSession, func(s *store.ApplicationSession) string { return api.ID(s.Expires) + between + s.Handle() }), err
}

func viewSession(s *store.ApplicationSession) ApplicationSession {
	return ApplicationSession{ID: s.Handle(), User: s.User, Name: s.UserName, Address: s.Address, Created: s.Created, Expires: s.Expires}
}

func viewLog(l *store.ApplicationLog) ApplicationLog {
	return ApplicationLog{l.ID, l.At, l.Message, l.Credential, l.Machine, l.Address}
}
