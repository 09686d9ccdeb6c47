package identity

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every secret shows instead of itself.
const redacted = "[redacted]"

// Secret is a text that must not be shown: fmt, log/slog and encoding/json all write "[redacted]"
// for it, whatever the verb. Only [Secret.Reveal] gives the text.
//
// Two things are beyond its power. Fmt cannot call methods on unexported fields: a struct that
// keeps a Secret in one and is printed whole would show it, so such a struct needs a String method
// of its own. And encoding/json writes the keys of a map as they are.
type Secret string

// Reveal returns the text itself. Every call of it is a place to look at in a review.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (s Secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb, also for those that do not fit a text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes "[redacted]". Reading a Secret from JSON or TOML works as for any string.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON writes "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
