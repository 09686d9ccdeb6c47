package dna

import (
	"strconv"
	"strings"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/store"
)

// listCredits is E12, a GET with a body.
func (c *call) listCredits() error {
	of := c.creditTarget()
	if c.wrong != nil {
		return c.wrong
	}
	list, err := c.d.authority.LicenseCredits(c.ctx(), c.asked, of)
	if err != nil {
		return err
	}
	var w canonjson.Writer
	w.Array()
	for i := range list {
		writeCredit(&w, &list[i])
	}
	w.End()
	return c.send(&w)
}

// spendCredits is E13.
func (c *call) spendCredits() error {
	name, n, of := c.need(nameMember, maxText), c.whole(countMember, license.MaxCreditUse), c.creditTarget()
	if c.wrong != nil {
		return c.wrong
	}
	left, err := c.d.authority.SpendCredits(c.ctx(), c.asked, name, n, of)
	if err != nil {
		return err
	}
	var w canonjson.Writer
	writeCredit(&w, &left)
	return c.send(&w)
}

// creditTarget returns whose credits are meant; all where nothing is said.
func (c *call) creditTarget() string {
	if !c.there(targetMember) {
		return string(store.AllCredits)
	}
	of, err := authority.ParseCreditTarget(c.text(targetMember, maxText))
	if err != nil {
		c.fail(targetMember, "must be LICENSE, EMAIL or ALL")
	}
	return string(of)
}

// writeCredit writes a credit; its Count is a text (§4).
func writeCredit(w *canonjson.Writer, of *store.Credit) {
	w.Object()
	w.Key("Target").String(strings.ToUpper(string(of.Target)))
	w.Key("Name").String(of.Name)
	w.Key("Count").String(strconv.FormatInt(of.Amount, 10))
	w.End()
}

// listInfoTags is E14: the Info Tags of a license, the newest first.
func (c *call) listInfoTags() error {
	list, err := c.d.authority.InfoTags(c.ctx(), c.asked)
	if err != nil {
		return err
	}
	var w canonjson.Writer
	w.Array()
	for i := range list {
		w.Object().Key("InfoTag").String(list[i].Text).Key("Date")
		writeTime(&w, list[i].At)
		w.End()
	}
	w.End()
	return c.send(&w)
}
