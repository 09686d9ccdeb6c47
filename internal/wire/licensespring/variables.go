package licensespring

import (
	"bytes"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/store"
)

// variables reads the object of §7.11: names, and values that are texts, numbers or true and false. All become
// texts. How long they may be, the use case says.
func (c *call) variables() []authority.Variable {
	body := c.member("variables", object)
	if body == nil {
		return nil
	}
	var out []authority.Variable
	eachMember(body, func(name, value []byte) {
		v := authority.Variable{Name: string(plainText(name))}
		switch kindOf(value) {
		case text:
			if canonjson.HalfSurrogate(value) {
				c.reject("variables", "must have values of valid text")
			}
			v.Value = string(plainText(value))
		case number, truth:
			v.Value = string(value)
		default:
			c.reject("variables", "must have values that are texts, numbers, true or false")
		}
		if canonjson.HalfSurrogate(name) || bytes.IndexByte(name, 0) >= 0 {
			c.reject("variables", "must have names of valid text")
		}
		if len(out) <= store.MaxVariables {
			out = append(out, v) // One too many is enough to be refused.
		}
	})
	return out
}

// deviceVariables answers GET get_device_variables (§7.10).
func (d *door) deviceVariables(c *call) error {
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	ans, err := d.authority.Variables(c.ctx(), r)
	if err != nil {
		return asked.refusal(err)
	}
	w := c.writer()
	w.Array()
	for i := range ans.Detail.Variables {
		v := &ans.Detail.Variables[i]
		w.Object()
		w.Key("id").Int(v.ID)
		w.Key("created_at")
		writeTime(&w, v.Created)
		w.Key("variable").String(v.Name)
		w.Key("value").String(v.Value)
		w.Key("device_id").Int(int64(v.Device))
		w.End()
	}
	w.End()
	return c.reply(&w)
}

// trackVariables answers POST track_device_variables (§7.11), with the variables that were sent.
func (d *door) trackVariables(c *call) error {
	if !c.has("variables") {
		c.lacks("variables")
	}
	sent := c.variables()
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	r.Variables = sent
	ans, err := d.authority.SetVariables(c.ctx(), r)
	if err != nil {
		return asked.refusal(err)
	}
	w := c.writer()
	writeVariables(&w, stored(ans.Detail.Variables, sent), writeMillis)
	return c.reply(&w)
}

// stored returns those of all that were sent.
func stored(all []license.Variable, sent []authority.Variable) []license.Variable {
	names := make(map[string]bool, len(sent))
	for _, v := range sent {
		names[v.Name] = true
	}
	out := make([]license.Variable, 0, len(sent))
	for _, v := range all {
		if names[v.Name] {
			out = append(out, v)
		}
	}
	return out
}
