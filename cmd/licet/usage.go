package main

import (
	"strconv"
)

// usageCommand: licet usage. The meter never refuses anything.
type usageCommand struct {
	Months int `help:"How many months, 1 to 36, the current one included." default:"12" placeholder:"N"`
}

type monthUsage struct {
	Month string `json:"month"` // in UTC
	Calls int64  `json:"calls"`
}

type usageView struct {
	Allowance int64        `json:"allowance"` // calls in a month; 0 is none
	Percent   float64      `json:"percent"`   // of the allowance, in the current month
	Over      bool         `json:"over"`
	Contact   string       `json:"upgrade_contact"`
	Months    []monthUsage `json:"months"`
}

func (v usageView) pairs() [][2]string {
	var pairs [][2]string
	if v.Allowance > 0 {
		pairs = [][2]string{{"allowance", strconv.FormatInt(v.Allowance, 10)}, {"used", strconv.FormatFloat(v.Percent, 'f', -1, 64) + " %"}}
		if v.Over && v.Contact != "" {
			pairs = append(pairs, [2]string{"for more", v.Contact})
		}
	}
	for _, m := range v.Months {
		pairs = append(pairs, [2]string{m.Month, strconv.FormatInt(m.Calls, 10)})
	}
	return pairs
}

// Run shows it.
func (c *usageCommand) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	u, err := d.APIUsage(t.ctx, d.actor, c.Months)
	if err != nil {
		return err
	}
	v := usageView{Allowance: u.Allowance, Percent: u.Percent(), Over: u.Over(), Contact: u.Contact, Months: []monthUsage{}}
	for _, m := range u.Months {
		v.Months = append(v.Months, monthUsage(m))
	}
	return t.print(v, v.pairs)
}
