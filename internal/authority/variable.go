package authority

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"licet/internal/license"
	"licet/internal/store"
)

// The bounds of what an app may store on a device.
const (
	maxVariableName  = 255  // bytes
	maxVariableValue = 4096 // bytes
)

// SetVariables stores r.Variables on the device; one of the same name is overwritten. It refuses what
// Check refuses, and as Invalid what is too long or too much.
func (a *Authority) SetVariables(ctx context.Context, r Request) (Answer, error) {
	return a.changeBy(ctx, r, store.CallVariables, func(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
		return license.Change{License: s.License, Device: s.Device}, license.Check(s, c, now).Err()
	})
}

// Variables returns what is stored on the device, in the Answer's Detail. It refuses what Check refuses.
func (a *Authority) Variables(ctx context.Context, r Request) (ans Answer, err error) {
	ans.Now = a.now()
	defer func() { a.told(&ans.Product, store.CallVariables, err) }()
	if ans.State, err = a.find(ctx, r); err != nil {
		return ans, err
	}
	if err := license.Check(&ans.State, &r.Claim, ans.Now).Err(); err != nil {
		return ans, err
	}
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		ans.Detail.Variables, err = tx.Variables(ans.License.Tenant, ans.License.ID, ans.Device.ID)
		return err
	})
	return ans, err
}

// keepVariables stores the variables that came with a request.
func keepVariables(tx *store.Tx, r *Request, ans *Answer) error {
	if len(r.Variables) == 0 || ans.Device == nil {
		return nil
	}
	for _, v := range r.Variables {
		if v.Name == "" || len(v.Name) > maxVariableName || !validText(v.Name) {
			return license.Invalidf("variables", "a variable has a name of 1 to %d bytes", maxVariableName)
		}
		if len(v.Value) > maxVariableValue || !validText(v.Value) {
			return license.Invalidf("variables", "a variable's value has at most %d bytes", maxVariableValue)
		}
	}
	known, err := tx.Variables(ans.License.Tenant, ans.License.ID, ans.Device.ID)
	if err != nil {
		return err
	}
	fresh := 0
	for _, v := range r.Variables {
		if !slices.ContainsFunc(known, func(k license.Variable) bool { return k.Name == v.Name }) {
			fresh++
		}
	}
	if len(known)+fresh > store.MaxVariables {
		return license.Invalidf("variables", "a device has at most %d variables", store.MaxVariables)
	}
	for _, v := range r.Variables {
		row := license.Variable{License: ans.License.ID, Device: ans.Device.ID, Name: v.Name, Value: v.Value, Created: ans.Now}
		if err := tx.SaveVariable(ans.License.Tenant, &row); err != nil {
			return err
		}
	}
	return nil
}

func validText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
