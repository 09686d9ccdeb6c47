package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// ProgramToken comes with a program in a file of its own, and belongs to that file from its first use on.
type ProgramToken struct {
	ID        string       `json:"id" doc:"64 hexadecimal digits; it names the token and proves nothing." example:"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"`
	Hint      string       `json:"hint" example:"…0e0f"`
	Holder    string       `json:"holder" doc:"Whose it is, in your words." example:"Bob"`
	FileHash  string       `json:"file_hash" doc:"Of the first file that it came in; empty is not used yet."`
	Banned    bool         `json:"banned"`
	BanReason string       `json:"ban_reason"`
	Created   license.Time `json:"created_at"`
	Token     string       `json:"token,omitempty" doc:"Only in the answer of the call that makes it." example:"000102030405060708090a0b0c0d0e0f"`
}

type ofProgramToken struct {
	ofProduct
	Token string `path:"token" doc:"The identity of the token, its hint, or the token itself." example:"0e0f"`
}

type newProgramToken struct {
	ofProduct
	Body struct {
		Holder string `json:"holder,omitempty" maxLength:"200" example:"Bob"`
	}
}

type banProgramToken struct {
	ofProgramToken
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"The app is told." example:"shared"`
	}
}

func addProgramTokens(a *api.API) {
	const tag, all, one = "Program tokens", applicationPath + "/tokens", applicationPath + "/tokens/{token}"
	api.Add(a, op(tag, "listProgramTokens", http.MethodGet, all, "List the tokens that programs bring", identity.ReadLicenses),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ProgramToken], error) {
			after, err := in.After()
			if err != nil {
				return api.List[ProgramToken]{}, err
			}
			found, err := c.Office.ListProgramTokens(ctx, c.Actor, in.Product, after, in.Limit)
			return api.ListOf(in.Paged, found, viewProgramToken, (*store.ProgramToken).Handle), err
		})
	api.Add(a, with(op(tag, "createProgramToken", http.MethodPost, all, "Create a token for a program", identity.WriteLicenses), creates,
		describedAs("It is shown this once.")),
		func(ctx context.Context, c *api.Call, in *newProgramToken) (ProgramToken, error) {
			secret, t, err := c.Office.CreateProgramToken(ctx, c.Actor, in.Product, in.Body.Holder)
			if err != nil {
				return ProgramToken{}, err
			}
			c.Created(pathOf("/applications", in.Product, "tokens", t.Handle()))
			v := viewProgramToken(&t)
			v.Token = secret.Reveal()
			return v, nil
		})
	api.Add(a, with(op(tag, "showProgramToken", http.MethodGet, one, "Show a token of a program", identity.ReadLicenses), tagged),
		func(ctx context.Context, c *api.Call, in *ofProgramToken) (ProgramToken, error) {
			return programToken(in.Token)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "banProgramToken", http.MethodPost, one+"/ban", "Refuse programs that bring a token", identity.WriteLicenses), changes),
		func(ctx context.Context, c *api.Call, in *banProgramToken) (ProgramToken, error) {
			return alter(at(ctx, c, in.Product), identity.WriteLicenses, programToken(in.Token), func(p place) error {
				return p.office.BanProgramToken(ctx, c.Actor, p.product, in.Token, in.Body.Reason)
			})
		})
	api.Add(a, with(op(tag, "unbanProgramToken", http.MethodPost, one+"/unban", "Take programs that bring a banned token again", identity.WriteLicenses), changes),
		func(ctx context.Context, c *api.Call, in *ofProgramToken) (ProgramToken, error) {
			return alter(at(ctx, c, in.Product), identity.WriteLicenses, programToken(in.Token), func(p place) error {
				return p.office.UnbanProgramToken(ctx, c.Actor, p.product, in.Token)
			})
		})
}

func programToken(token string) func(place) (ProgramToken, error) {
	return func(p place) (ProgramToken, error) {
		t, err := p.office.FindProgramToken(p.ctx, p.c.Actor, p.product, token)
		return viewProgramToken(&t), err
	}
}

func viewProgramToken(t *store.ProgramToken) ProgramToken {
	return ProgramToken{ID: t.Handle(), Hint: t.Hint, Holder: t.Holder, FileHash: t.FileHash, Banned: t.Banned, BanReason: t.BanReason, Created: t.Created}
}
