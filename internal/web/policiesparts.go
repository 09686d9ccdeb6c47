package web

// LimitSpec says what a LimitField is.
type LimitSpec struct {
	Name   string // of the choice: unlimited, most or none; the number is sent as Name_most
	Label  string
	Hint   string
	Choice string
	Most   string
	Fault  string
	Class  string
	ID     string // where the Name is not unique on the page
}

// field is the choice as a field, whose names the parts of a limit have too.
func (l LimitSpec) field() FieldSpec {
	return FieldSpec{Name: l.Name, ID: l.ID, Fault: l.Fault, Hint: l.Hint}
}

// SpanSpec says what a SpanField is.
type SpanSpec struct {
	Name   string // the number is sent as Name_amount, the unit as Name_unit
	Label  string
	Hint   string
	Amount string
	Unit   string
	Units  []Option
	Fault  string
	Class  string
	ID     string // where the Name is not unique on the page
}

func (s SpanSpec) field() FieldSpec {
	return FieldSpec{Name: s.Name, ID: s.ID, Fault: s.Fault, Hint: s.Hint}
}
