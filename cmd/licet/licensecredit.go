package main

import (
	"strconv"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// licenseCredit: licet license credit. Credits belong to a license, or to the address of its buyer: then all the licenses of the
// product that they bought may spend them.
type licenseCredit struct {
	Add  licenseCreditAdd  `cmd:"" help:"Give a license or its buyer more credits."`
	List licenseCreditList `cmd:"" help:"List the credits of a license, and then those of its buyer."`
}

type creditView struct {
	Target store.CreditTarget `json:"target"` // license or email
	Name   string             `json:"name"`
	Count  int64              `json:"count"`
}

// printCredits lists the credits of a license.
func (a *licenseArg) printCredits(t *tool, d *desk) error {
	list, err := d.ListCredits(t.ctx, d.actor, a.ref())
	if err != nil {
		return err
	}
	all := as(seq(list), func(c store.Credit) (creditView, error) { return creditView{c.Target, c.Name, c.Amount}, nil })
	return printList(t, "TARGET NAME COUNT", all, func(v creditView) []string {
		return []string{string(v.Target), v.Name, strconv.FormatInt(v.Count, 10)}
	})
}

type licenseCreditAdd struct {
	licenseArg
	Name   string `arg:"" help:"What they are called; a product has at most 5 names."`
	Count  int64  `arg:"" help:"How many, from 1."`
	Target string `help:"Whose: license, or email for those of the buyer." default:"license" placeholder:"WHOSE"`
}

// Run adds them, and lists what there is then.
func (c *licenseCreditAdd) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := d.AddCredits(t.ctx, d.actor, c.ref(), c.Target, c.Name, c.Count); err != nil {
		return err
	}
	return c.printCredits(t, d)
}

type licenseCreditList struct{ licenseArg }

// Run lists them: there are few.
func (c *licenseCreditList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	return c.printCredits(t, d)
}

// licenseInfoTag: licet license info-tag. The newest tag is shown with the license; the others are its history.
type licenseInfoTag struct {
	Add  licenseInfoTagAdd  `cmd:"" help:"Keep a note about a license."`
	List licenseInfoTagList `cmd:"" help:"List the notes about a license."`
}

type infoTagView struct {
	ID  int64        `json:"id"`
	Tag string       `json:"tag"`
	At  license.Time `json:"at"`
}

func viewInfoTag(i store.InfoTag) (infoTagView, error) { return infoTagView{i.ID, i.Text, i.At}, nil }

func (v infoTagView) pairs() [][2]string {
	return [][2]string{{"id", idText(v.ID)}, {"tag", v.Tag}, {"at", moment(v.At)}}
}

type licenseInfoTagAdd struct {
	licenseArg
	Tag string `arg:"" help:"The note, 1 to 500 characters."`
}

// Run adds it.
func (c *licenseInfoTagAdd) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	tag, err := d.AddInfoTag(t.ctx, d.actor, c.ref(), c.Tag)
	if err != nil {
		return err
	}
	v, _ := viewInfoTag(tag)
	return t.print(v, v.pairs)
}

type licenseInfoTagList struct {
	licenseArg
	listFlags
}

// Run lists them.
func (c *licenseInfoTagList) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]store.InfoTag, error) { return d.ListInfoTags(t.ctx, d.actor, c.ref(), p) },
		func(i store.InfoTag) int64 { return i.ID })
	return printList(t, "ID AT TAG", as(pages(t, c.listFlags, fetch), viewInfoTag), func(v infoTagView) []string {
		return []string{idText(v.ID), moment(v.At), v.Tag}
	})
}
