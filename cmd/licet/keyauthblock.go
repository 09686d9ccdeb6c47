package main

import (
	"licet/internal/license"
	"licet/internal/store"
)

// keyauthBlock: licet keyauth block. A block is of a kind: ip and hwid keep an address or a machine out, allow lets an address
// in whatever else is said of it.
type keyauthBlock struct {
	Add  keyauthBlockAdd  `cmd:"" help:"Keep an address or a machine out, or let an address in."`
	Drop keyauthBlockDrop `cmd:"" help:"Forget what was said of an address or a machine."`
	List keyauthBlockList `cmd:"" help:"List what an application keeps out, or with --allow what it lets in."`
}

type blockView struct {
	Kind    store.BlockKind        `json:"kind"`
	Value   string                 `json:"value"`
	Reason  string                 `json:"reason"`
	User    *license.LicenseUserID `json:"user_id"` // whose ban it came with
	Created license.Time           `json:"created_at"`
}

func viewBlock(b store.Block) (blockView, error) {
	return blockView{b.Kind, b.Value, b.Reason, orNull(b.User), b.Created}, nil
}

// blockArg names what a block is about.
type blockArg struct {
	productArg
	Kind  string `arg:"" help:"ip, hwid or allow." enum:"ip,hwid,allow"`
	Value string `arg:"" help:"The address, or the id of the machine as the app says it."`
}

func (a *blockArg) kind() store.BlockKind { return store.BlockKind(a.Kind) }

type keyauthBlockAdd struct {
	blockArg
	Reason string `help:"Why, for your people." placeholder:"TEXT"`
}

// Run adds it.
func (c *keyauthBlockAdd) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := d.BlockEntry(t.ctx, d.actor, c.Which, c.kind(), c.Value, c.Reason); err != nil {
		return err
	}
	return t.printCount(1)
}

type keyauthBlockDrop struct {
	productArg
	Kind  string `arg:"" optional:"" help:"ip, hwid or allow."`
	Value string `arg:"" optional:"" help:"The address, or the id of the machine as the app says it."`
	All   bool   `help:"Everything that is kept out."`
	Allow bool   `help:"With --all: everything that is let in."`
	Yes   bool   `help:"Do not ask."`
}

// Run drops it, and asks where it is about all.
func (c *keyauthBlockDrop) Run(t *tool) error {
	if named := c.Kind != "" && c.Value != ""; named == c.All || c.All && c.Kind != "" || c.Allow && !c.All {
		return usagef("give a kind and a value, or --all, or --all --allow")
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	n := int64(1)
	if !c.All {
		err = d.UnblockEntry(t.ctx, d.actor, c.Which, store.BlockKind(c.Kind), c.Value)
	} else {
		what := "this lets everybody in that " + c.Which + " keeps out"
		if c.Allow {
			what = "this forgets every address that " + c.Which + " lets in"
		}
		if err := t.confirm(c.Yes, what); err != nil {
			return err
		}
		n, err = d.DropBlocks(t.ctx, d.actor, c.Which, c.Allow)
	}
	if err != nil {
		return err
	}
	return t.printCount(n)
}

type keyauthBlockList struct {
	productArg
	Allow bool `help:"List what is let in."`
	mostFlag
}

// Run lists them.
func (c *keyauthBlockList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	all := upTo(t, c.mostFlag, func(after *store.Block, limit int) ([]store.Block, error) {
		var last store.Block
		if after != nil {
			last = *after
		}
		return d.ListBlocks(t.ctx, d.actor, c.Which, c.Allow, last, limit)
	})
	return printList(t, "KIND VALUE REASON USER CREATED", as(all, viewBlock), func(v blockView) []string {
		row := []string{string(v.Kind), v.Value, v.Reason, "", moment(v.Created)}
		if v.User != nil {
			row[3] = idText(*v.User)
		}
		return row
	})
}
