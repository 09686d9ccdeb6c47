package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// FormSpec says what a Form is.
type FormSpec struct {
	Action string
	Get    bool   // it asks, and changes nothing
	Once   bool   // sending it twice is harmless: it is carried out once
	Free   bool   // it is about no tenant, or says itself about which
	Upload bool   // it sends a file
	Live   string // address that draws a preview of what is typed so far into the element [data-preview-into]
	Class  string
	ID     string
	Faults Faults // the one named "" is shown on top; those of fields belong to their FieldSpec
}

func (f FormSpec) method() string {
	if f.Get {
		return "get"
	}
	return "post"
}

func (f FormSpec) class() string { return strings.TrimSpace("form " + f.Class) }

// FieldSpec says what a Field or a Box is.
type FieldSpec struct {
	Type       string // of the input; textarea and select are fields of their own; "" is text
	Name       string // what it is sent as
	ID         string // where the Name is not unique on the page
	Label      string
	Hint       string
	Value      string
	Checked    bool // of a Box
	Fault      string
	Options    []Option // of a select, or suggestions
	Required   bool
	Optional   bool // says so beside the label
	ReadOnly   bool
	Focus      bool
	Rows       int    // of a textarea; 0 is 3
	Complete   string // autocomplete; "" is off
	Class      string // half, third: how wide it is within a row
	Attributes templ.Attributes
}

// Option is a choice of a select, or a suggestion.
type Option struct{ Value, Label string }

func (f FieldSpec) id() string {
	if f.ID != "" {
		return f.ID
	}
	return "f-" + f.Name
}

func (f FieldSpec) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f FieldSpec) complete() string {
	if f.Complete == "" {
		return "off"
	}
	return f.Complete
}

func (f FieldSpec) rows() string { return strconv.Itoa(max(f.Rows, 3)) }

func (f FieldSpec) boxValue() string {
	if f.Value == "" {
		return "yes"
	}
	return f.Value
}

func (f FieldSpec) invalid() string { return strconv.FormatBool(f.Fault != "") }

// describedBy names the texts that belong to a field, for screen readers.
func (f FieldSpec) describedBy() string {
	var ids []string
	if f.Fault != "" {
		ids = append(ids, f.id()+"-fault")
	}
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	return strings.Join(ids, " ")
}
