package license_test

import (
	"strings"
	"testing"

	"licet/internal/license"
)

func TestCustomFieldValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, value string
		ok          bool
	}{
		{license.NumberField, "", true},
		{license.NumberField, "12", true},
		{license.NumberField, "-0.5", true},
		{license.NumberField, "1e3", false},
		{license.NumberField, "0x10", false},
		{license.NumberField, "1/2", false},
		{license.NumberField, "twelve", false},
		{license.TextField, "eu, us <b>&", true},
		{license.TextField, "a\x00b", false},
		{license.TextField, "two\nlines", false},
		{license.TextField, strings.Repeat("é", 1000), true},
		{license.TextField, strings.Repeat("é", 1001), false},
		{license.TimeField, "2027-01-31", true},
		{license.TimeField, "2027-01-31T12:00:00+02:00", true},
		{license.TimeField, "31.01.2027", false},
	} {
		f := license.CustomField{Name: "f", Type: c.kind, Value: c.value}
		if err := f.Validate(); (err == nil) != c.ok {
			t.Errorf("%s %q: Validate = %v, want ok %v", c.kind, c.value, err, c.ok)
		}
	}
}

func TestFillFields(t *testing.T) {
	t.Parallel()
	fields := []license.CustomField{{ID: 1, Name: "regions", Type: license.TextField, Value: "eu"}, {ID: 2, Name: "seats", Type: license.NumberField}}
	for _, c := range []struct {
		name  string
		given map[string]string
		want  string
	}{
		{"nothing", nil, `[{"id":1,"name":"regions","data_type":"text","value":"eu"},{"id":2,"name":"seats","data_type":"number","value":""}]`},
		{"one", map[string]string{"seats": "5"}, `[{"id":1,"name":"regions","data_type":"text","value":"eu"},{"id":2,"name":"seats","data_type":"number","value":"5"}]`},
		{"emptied", map[string]string{"regions": ""}, `[{"id":1,"name":"regions","data_type":"text","value":""},{"id":2,"name":"seats","data_type":"number","value":""}]`},
		{"of-another-product", map[string]string{"colour": "red"}, `[{"id":1,"name":"regions","data_type":"text","value":"eu"},{"id":2,"name":"seats","data_type":"number","value":""}]`},
	} {
		if got, err := license.FillFields(fields, c.given); err != nil || got != c.want {
			t.Errorf("%s: license.FillFields = %s, %v, want %s", c.name, got, err, c.want)
		}
	}
	if fields[1].Value != "" || fields[0].Value != "eu" {
		t.Errorf("FillFields changed the product's own fields: %+v", fields)
	}
	if _, err := license.FillFields(fields, map[string]string{"seats": "many"}); license.CodeOf(err) != license.Invalid {
		t.Errorf("FillFields(seats many) = %v, want invalid", err)
	}
	if got, err := license.FillFields(nil, map[string]string{"a": "b"}); got != "" || err != nil {
		t.Errorf("FillFields of no fields = %q, %v, want none", got, err)
	}
}
