package seller

import (
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/store"
)

// lengths are what a balance counts, by the names of the call and of the answer.
func lengths() [][2]string {
	return [][2]string{{"day", "day"}, {"week", "week"}, {"month", "month"}, {"threemonth", "three_month"},
		{"sixmonth", "six_month"}, {"lifetime", "lifetime"}, {"year", "year"}}
}

// anyLevel is how the dialect says that staff may issue licenses of every level.
const anyLevel = "N/A"

func (c *call) addStaff() error {
	permissions, err := c.integer("perms", 0)
	if err != nil {
		return err
	}
	levels := c.get("keylevels")
	if strings.EqualFold(levels, anyLevel) {
		levels = ""
	}
	role := c.get("role")
	for _, known := range []string{"Manager", "Reseller"} {
		if strings.EqualFold(role, known) {
			role = known
		}
	}
	_, err = c.office().AddStaff(c.ctx(), c.actor, c.product, office.NewStaff{
		Name: c.get("user"), Role: role, Email: c.get("email"), Levels: levels,
		Password: identity.Secret(c.exactly("pass")), Permissions: permissions,
	})
	return c.outcome(err, "Successfully created account!", "")
}

func (c *call) deleteStaff() error {
	err := c.office().DropStaff(c.ctx(), c.actor, c.product, c.get("user", "username"))
	return notOwned(c.outcome(err, "Successfully deleted account!", ""))
}

// notOwned is said of staff who are not there.
func notOwned(err error) error {
	if missing(err) {
		return say("Account not found, or not owned by you")
	}
	return err
}

// team lists managers and resellers, each in an array of its own.
func (c *call) team() error {
	var resellers, managers []row
	staff := pages(func(last *store.ApplicationStaff) ([]store.ApplicationStaff, error) {
		after := ""
		if last != nil {
			after = last.Name
		}
		return c.office().ListStaff(c.ctx(), c.actor, c.product, after, pageSize)
	})
	var names strings.Builder
	for s, err := range staff {
		if err != nil {
			return err
		}
		var r row
		names.WriteString(s.Name + "\t" + s.Role + "\n")
		r.text("username", s.Name).text("email", s.Email)
		if s.Role == "Manager" {
			managers = append(managers, *r.number("permissions", s.Permissions).text("key_levels", levelsOf(s)))
			continue
		}
		resellers = append(resellers, *r.text("balance", balanceText(s)).text("key_levels", levelsOf(s)))
	}
	if c.bare() {
		writeText(c.w, 200, strings.TrimSuffix(names.String(), "\n"))
		return nil
	}
	var r row
	return c.object("Successfully retrieved team", r.rows("resellers", resellers).rows("managers", managers))
}

func levelsOf(s *store.ApplicationStaff) string {
	if s.Levels == "" {
		return anyLevel
	}
	return s.Levels
}

// balanceText is a balance in the reference's own form (§12): day|week|month|three months|six months|lifetime|year.
func balanceText(s *store.ApplicationStaff) string {
	var parts []string
	for _, length := range lengths() {
		parts = append(parts, strconv.FormatInt(s.Balance[length[0]], 10))
	}
	return strings.Join(parts, "|")
}

func (c *call) setBalance() error {
	by := map[string]int64{}
	for _, length := range lengths() {
		n, err := c.integer(length[0], 0)
		if err != nil {
			return err
		}
		if n != 0 {
			by[length[0]] = n
		}
	}
	_, err := c.office().AddBalance(c.ctx(), c.actor, c.product, c.get("username", "user"), by)
	return notOwned(c.outcome(err, "Balance Successfully Added", ""))
}

func (c *call) balance() error {
	// The call names the application too. The key is for one alone, so another name is a mistake.
	if name := c.get("appname"); name != "" && !strings.EqualFold(name, c.app.Name) {
		return say("The seller key is for another application")
	}
	balance, err := c.office().Balance(c.ctx(), c.actor, c.product, c.get("username", "user"))
	if err != nil {
		return notOwned(err)
	}
	var inner, r row
	for _, length := range lengths() {
		inner.count(length[1], balance[length[0]])
	}
	if c.bare() {
		return c.object("", &inner)
	}
	return c.object("", r.row("balance", &inner))
}
