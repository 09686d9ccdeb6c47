package license

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// The types of custom fields (contract License API §6). Values are texts whatever the type.
const (
	NumberField = "number"
	TextField   = "text"
	TimeField   = "date/time"
)

// The bounds of custom fields.
const (
	MaxFields     = 100  // of one product
	maxFieldName  = 100  // characters
	maxFieldValue = 1000 // characters
)

// Validate refuses what is no custom field, as Invalid.
func (f *CustomField) Validate() error {
	if f.Type != NumberField && f.Type != TextField && f.Type != TimeField {
		return Invalidf("custom_fields", "the type of a custom field is %s, %s or %s", NumberField, TextField, TimeField)
	}
	if f.Name == "" || utf8.RuneCountInString(f.Name) > maxFieldName || !printable(f.Name) {
		return Invalidf("custom_fields", "a custom field has a name of 1 to %d characters", maxFieldName)
	}
	return f.holds(f.Value)
}

// holds refuses a value that is not of the field's type. "" is no value, for every type.
func (f *CustomField) holds(value string) error {
	switch {
	case value == "":
		return nil
	case utf8.RuneCountInString(value) > maxFieldValue || !printable(value):
		return Invalidf("custom_fields", "the value of %s has more than %d characters, or ones that cannot be printed", f.Name, maxFieldValue)
	case f.Type == NumberField && !isNumber(value):
		return Invalidf("custom_fields", "the value of %s is a number such as 12 or -0.5", f.Name)
	case f.Type == TimeField:
		if _, err := ParseTime(value); err != nil {
			return Invalidf("custom_fields", "the value of %s is a time such as 2026-03-23 or 2026-03-23T12:00:00Z", f.Name)
		}
	}
	return nil
}

// isNumber reports whether a text is a plain decimal number.
func isNumber(text string) bool {
	_, ok := new(big.Rat).SetString(text)
	return ok && strings.Trim(text, "+-.0123456789") == ""
}

// ValidateFields refuses what cannot be the custom fields of a product: too many, one that [CustomField.Validate]
// refuses, and the same name twice.
func ValidateFields(list []CustomField) error {
	if len(list) > MaxFields {
		return Invalidf("custom_fields", "a product has at most %d custom fields", MaxFields)
	}
	seen := make(map[string]bool, len(list))
	for i := range list {
		if err := list[i].Validate(); err != nil {
			return err
		}
		if seen[list[i].Name] {
			return Invalidf("custom_fields", "there are two custom fields named %s", list[i].Name)
		}
		seen[list[i].Name] = true
	}
	return nil
}

// FillFields returns the custom fields of a license of a product with the fields list, as [License.CustomFields] has
// them: those given, the others as the product says (S0-23). Names that the product does not have are left to the caller:
// the licenses of a bundle share what is given.
func FillFields(list []CustomField, given map[string]string) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	filled := slices.Clone(list)
	for i := range filled {
		f := &filled[i]
		value, ok := given[f.Name]
		if !ok {
			continue
		}
		if err := f.holds(value); err != nil {
			return "", err
		}
		f.Value = value
	}
	text, err := json.Marshal(filled)
	return string(text), err
}
