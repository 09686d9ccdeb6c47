package main

import (
	"licet/internal/license"
	"licet/internal/store"
)

// keyauthToken: licet keyauth token. A token comes with a program in a file of its own, and belongs to that file from its
// first use on.
type keyauthToken struct {
	Create keyauthTokenCreate `cmd:"" help:"Make a token and print it, this once."`
	List   keyauthTokenList   `cmd:"" help:"List the tokens of an application."`
	Ban    keyauthTokenBan    `cmd:"" help:"Refuse programs that bring a token."`
	Unban  keyauthTokenUnban  `cmd:"" help:"Take programs that bring a banned token again."`
}

type tokenView struct {
	ID        string       `json:"id"` // 64 hexadecimal digits; it proves nothing
	Hint      string       `json:"hint"`
	Holder    string       `json:"holder"`
	FileHash  string       `json:"file_hash"` // "" is not used yet
	Banned    bool         `json:"banned"`
	BanReason string       `json:"ban_reason"`
	Created   license.Time `json:"created_at"`
	Token     string       `json:"token,omitempty"` // only from create
}

func viewToken(x store.ProgramToken) (tokenView, error) {
	return tokenView{ID: x.Handle(), Hint: x.Hint, Holder: x.Holder, FileHash: x.FileHash, Banned: x.Banned, BanReason: x.BanReason,
		Created: x.Created}, nil
}

func (v tokenView) pairs() [][2]string {
	return [][2]string{
		{"id", v.ID}, {"token", v.Token}, {"hint", v.Hint}, {"holder", v.Holder}, {"file hash", v.FileHash}, {"banned", yesNo(v.Banned)},
		{"ban reason", v.BanReason}, {"created", moment(v.Created)},
	}
}

type keyauthTokenCreate struct {
	productArg
	Holder string `help:"Whose it is, for your people." placeholder:"TEXT"`
}

// Run makes it.
func (c *keyauthTokenCreate) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	token, made, err := d.CreateProgramToken(t.ctx, d.actor, c.Which, c.Holder)
	if err != nil {
		return err
	}
	v, _ := viewToken(made)
	v.Token = token.Reveal()
	return t.print(v, v.pairs)
}

type keyauthTokenList struct {
	productArg
	mostFlag
}

// Run lists them.
func (c *keyauthTokenList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	all := upTo(t, c.mostFlag, func(after *store.ProgramToken, limit int) ([]store.ProgramToken, error) {
		var last string
		if after != nil {
			last = after.Handle()
		}
		return d.ListProgramTokens(t.ctx, d.actor, c.Which, last, limit)
	})
	return printList(t, "HINT HOLDER FILE-HASH BANNED REASON CREATED", as(all, viewToken), func(v tokenView) []string {
		return []string{v.Hint, v.Holder, v.FileHash, yesNo(v.Banned), v.BanReason, moment(v.Created)}
	})
}

// tokenArg names a token.
type tokenArg struct {
	productArg
	Token string `arg:"" help:"The token, its id, or its hint."`
}

type keyauthTokenBan struct {
	tokenArg
	Reason string `help:"Why; the app is told." placeholder:"TEXT"`
}

// Run bans it.
func (c *keyauthTokenBan) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := d.BanProgramToken(t.ctx, d.actor, c.Which, c.Token, c.Reason); err != nil {
		return err
	}
	return t.printCount(1)
}

type keyauthTokenUnban struct{ tokenArg }

// Run lifts the ban.
func (c *keyauthTokenUnban) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := d.UnbanProgramToken(t.ctx, d.actor, c.Which, c.Token); err != nil {
		return err
	}
	return t.printCount(1)
}
