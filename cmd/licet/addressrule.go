package main

import (
	"strconv"
	"strings"

	"licet/internal/geo"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/server"
	"licet/internal/store"
)

// addressRuleCommand: licet address-rule. A rule says from where licenses may be used. It is broken where an entry of its deny
// list fits, and where its allow list has entries and none of them fits.
type addressRuleCommand struct {
	Create   addressRuleCreate   `cmd:"" help:"Make a rule, in force from the next request on."`
	List     addressRuleList     `cmd:"" help:"List the rules."`
	Show     addressRuleShow     `cmd:"" help:"Show a rule, and how often its entries were met."`
	Set      addressRuleSet      `cmd:"" help:"Change a rule, from the next request on."`
	Drop     addressRuleDrop     `cmd:"" help:"Remove a rule, and what was counted of it."`
	Try      addressRuleTry      `cmd:"" help:"Say what the rules would make of a client, those that are off too."`
	Rehearse addressRuleRehearse `cmd:"" help:"Say how many of the devices in use a rule would meet, without making it."`
}

// countryFlag is the country database, as the server has it.
type countryFlag struct {
	Geo server.Geo `embed:"" prefix:"geo-" envprefix:"LICET_GEO_"`
}

// openCountries reads the country database; nil where none is named.
func openCountries(g server.Geo) (*geo.Countries, error) {
	if g.Database == "" {
		return nil, nil
	}
	c, err := geo.Open(g.Database)
	if err != nil {
		return nil, usageError{license.Invalidf("geo.database", "%v", err)}
	}
	return c, nil
}

// desk is tool.desk with the country database.
func (f *countryFlag) desk(t *tool) (*desk, error) {
	countries, err := openCountries(f.Geo)
	if err != nil {
		return nil, err
	}
	db, err := t.existing()
	if err != nil {
		return nil, err
	}
	deps := t.officeDeps(db)
	if countries != nil {
		deps.Countries = countries
	}
	return t.deskOf(office.New(deps))
}

type addressRuleView struct {
	ID      license.AddressRuleID `json:"id"`
	Name    string                `json:"name"`
	Mode    license.RuleMode      `json:"mode"`
	Product license.ProductID     `json:"product_id"` // 0 is all
	License license.LicenseID     `json:"license_id"` // 0 is all
	Allow   []string              `json:"allow"`
	Deny    []string              `json:"deny"`
	Created license.Time          `json:"created_at"`
	Updated license.Time          `json:"updated_at"`
	Hits    []addressHits         `json:"hits,omitempty"` // only from show
}

type addressHits struct {
	Entry string       `json:"entry"` // other is what no entry of allow fits
	Hits  int64        `json:"hits"`
	Last  license.Time `json:"last_at"`
}

func viewAddressRule(r license.AddressRule) (addressRuleView, error) {
	v := addressRuleView{ID: r.ID, Name: r.Name, Mode: r.Mode, Product: r.Product, License: r.License, Allow: []string{}, Deny: []string{},
		Created: r.Created, Updated: r.Updated}
	v.Allow, v.Deny = append(v.Allow, r.Allow...), append(v.Deny, r.Deny...)
	return v, nil
}

func viewHits(list []store.AddressHits) []addressHits {
	out := make([]addressHits, len(list))
	for i, h := range list {
		out[i] = addressHits(h)
	}
	return out
}

// scope says what the rule concerns.
func (v addressRuleView) scope() string {
	switch {
	case v.License != 0:
		return "license " + idText(v.License)
	case v.Product != 0:
		return "product " + idText(v.Product)
	}
	return "all"
}

func (v addressRuleView) pairs() [][2]string {
	pairs := [][2]string{{"id", idText(v.ID)}, {"name", v.Name}, {"mode", string(v.Mode)}, {"concerns", v.scope()}, {"allow", strings.Join(v.Allow, ",")},
		{"deny", strings.Join(v.Deny, ",")}, {"created", moment(v.Created)}, {"updated", moment(v.Updated)}}
	return append(pairs, hitPairs(v.Hits)...)
}

func hitPairs(list []addressHits) (pairs [][2]string) {
	for _, h := range list {
		pairs = append(pairs, [2]string{"met " + h.Entry, strconv.FormatInt(h.Hits, 10) + ", last " + moment(h.Last)})
	}
	return pairs
}

// ruleScope says what a rule concerns, and ruleEntries what it lets in and keeps out.
type ruleScope struct {
	Product string `help:"Product whose licenses it concerns: code, number or id. All when left out." placeholder:"PRODUCT"`
	License string `help:"License that it concerns: key or id. All when left out." placeholder:"KEY"`
}

type ruleEntries struct {
	Allow []string `help:"Where licenses may be used: networks, addresses, or countries as in country:DE; country:ZZ is where nobody knows." placeholder:"ENTRY"`
	Deny  []string `help:"Where they may not; this wins." placeholder:"ENTRY"`
}

func (s *ruleScope) license() office.Ref {
	if s.License == "" {
		return office.Ref{}
	}
	return office.Ref{Product: s.Product, Key: s.License}
}

func (s *ruleScope) rule(e ruleEntries) office.NewAddressRule {
	return office.NewAddressRule{Product: s.Product, License: s.license(), Allow: e.Allow, Deny: e.Deny}
}

type addressRuleCreate struct {
	Name string `arg:"" help:"What the rule is for."`
	Mode string `help:"off, report or enforce. A report leaves an event where the rule is broken." default:"off" enum:"off,report,enforce" placeholder:"MODE"`
	ruleScope
	ruleEntries
	countryFlag
}

// Run makes it.
func (c *addressRuleCreate) Run(t *tool) error {
	d, err := c.desk(t)
	if err != nil {
		return err
	}
	n := c.rule(c.ruleEntries)
	n.Name, n.Mode = c.Name, license.RuleMode(c.Mode)
	r, err := d.CreateAddressRule(t.ctx, d.actor, n)
	if err != nil {
		return err
	}
	v, _ := viewAddressRule(r)
	return t.print(v, v.pairs)
}

type addressRuleList struct{}

// Run lists them.
func (*addressRuleList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	list, err := d.ListAddressRules(t.ctx, d.actor)
	if err != nil {
		return err
	}
	return printList(t, "ID NAME MODE CONCERNS ALLOW DENY", as(seq(list), viewAddressRule), func(v addressRuleView) []string {
		return []string{idText(v.ID), v.Name, string(v.Mode), v.scope(), strings.Join(v.Allow, ","), strings.Join(v.Deny, ",")}
	})
}

type addressRuleArg struct {
	ID int64 `arg:"" help:"Id of the rule."`
}

type addressRuleShow struct{ addressRuleArg }

// Run shows it.
func (c *addressRuleShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	found, err := d.FindAddressRule(t.ctx, d.actor, license.AddressRuleID(c.ID))
	if err != nil {
		return err
	}
	v, _ := viewAddressRule(found.AddressRule)
	v.Hits = viewHits(found.Hits)
	return t.print(v, v.pairs)
}

type addressRuleSet struct {
	addressRuleArg
	Name  *string  `help:"What the rule is for." placeholder:"TEXT"`
	Mode  *string  `help:"off, report or enforce." placeholder:"MODE"`
	Allow []string `help:"Where licenses may be used, in place of what there was; one empty is no such list." placeholder:"ENTRY"`
	Deny  []string `help:"Where they may not, in place of what there was; one empty is no such list." placeholder:"ENTRY"`
	countryFlag
}

// Run changes it.
func (c *addressRuleSet) Run(t *tool) error {
	d, err := c.desk(t)
	if err != nil {
		return err
	}
	change := office.AddressRuleChange{Name: c.Name, Allow: entriesOf(c.Allow), Deny: entriesOf(c.Deny)}
	if c.Mode != nil {
		mode := license.RuleMode(*c.Mode)
		change.Mode = &mode
	}
	r, err := d.ChangeAddressRule(t.ctx, d.actor, license.AddressRuleID(c.ID), change)
	if err != nil {
		return err
	}
	v, _ := viewAddressRule(r)
	return t.print(v, v.pairs)
}

// entriesOf reads a list that replaces another; nil leaves it.
func entriesOf(list []string) *[]string {
	switch {
	case list == nil:
		return nil
	case len(list) == 1 && list[0] == "":
		list = []string{}
	}
	return &list
}

type addressRuleDrop struct {
	addressRuleArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then removes.
func (c *addressRuleDrop) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "this removes the address rule "+strconv.FormatInt(c.ID, 10)+" and what was counted of it"); err != nil {
		return err
	}
	return d.DropAddressRule(t.ctx, d.actor, license.AddressRuleID(c.ID), nil)
}

type addressRuleTry struct {
	Address string `arg:"" help:"Network address of the client."`
	Country string `help:"Where the client says it is, as in DE." placeholder:"COUNTRY"`
	ruleScope
	countryFlag
}

type addressSay struct {
	Rule  license.AddressRuleID `json:"id"`
	Name  string                `json:"name"`
	Mode  license.RuleMode      `json:"mode"`
	Entry string                `json:"entry"` // by which it is broken; "" is not broken
}

type addressVerdict struct {
	Country string       `json:"country"` // of the address; ZZ where nobody knows
	Refused bool         `json:"refused"`
	Rules   []addressSay `json:"rules"`
}

func (v addressVerdict) pairs() [][2]string {
	pairs := [][2]string{{"country", v.Country}, {"refused", yesNo(v.Refused)}}
	for _, s := range v.Rules {
		say := "passed"
		if s.Entry != "" {
			say = "broken by " + s.Entry
		}
		pairs = append(pairs, [2]string{s.Name + " (" + string(s.Mode) + ")", say})
	}
	return pairs
}

// Run tries.
func (c *addressRuleTry) Run(t *tool) error {
	d, err := c.desk(t)
	if err != nil {
		return err
	}
	found, err := d.TryAddressRules(t.ctx, d.actor, office.AddressTrial{Address: c.Address, Country: c.Country, Product: c.Product, License: c.license()})
	if err != nil {
		return err
	}
	v := addressVerdict{Country: found.Country, Refused: found.Refused, Rules: []addressSay{}}
	for _, s := range found.Rules {
		v.Rules = append(v.Rules, addressSay{s.Rule.ID, s.Rule.Name, s.Rule.Mode, s.Entry})
	}
	return t.print(v, v.pairs)
}

type addressRuleRehearse struct {
	ruleScope
	ruleEntries
	countryFlag
}

type addressRehearsal struct {
	Devices int           `json:"devices"` // that were looked at, by the addresses that they came from last
	More    bool          `json:"more"`    // there are more, which were not
	Hits    []addressHits `json:"hits"`
}

func (v addressRehearsal) pairs() [][2]string {
	devices := strconv.Itoa(v.Devices)
	if v.More {
		devices += ", and there are more"
	}
	return append([][2]string{{"devices", devices}}, hitPairs(v.Hits)...)
}

// Run rehearses.
func (c *addressRuleRehearse) Run(t *tool) error {
	d, err := c.desk(t)
	if err != nil {
		return err
	}
	h, err := d.RehearseAddressRule(t.ctx, d.actor, c.rule(c.ruleEntries))
	if err != nil {
		return err
	}
	v := addressRehearsal{Devices: h.Devices, More: h.More, Hits: viewHits(h.Hits)}
	return t.print(v, v.pairs)
}
