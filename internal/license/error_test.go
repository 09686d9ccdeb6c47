package license_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
)

func TestErrorIs(t *testing.T) {
	t.Parallel()
	deep := fmt.Errorf("activate: %w", license.Refuse(license.DeviceLimit))
	broken := license.Wrap(license.Unavailable, "the database cannot be reached", fmt.Errorf("write: %w", io.ErrUnexpectedEOF))
	for _, tt := range []struct {
		name   string
		err    error
		target error
		want   bool
	}{
		{"code", deep, license.Refused, true},
		{"reason", deep, license.DeviceLimit, true},
		{"other_code", deep, license.Invalid, false},
		{"other_reason", deep, license.SeatLimit, false},
		{"cause", broken, io.ErrUnexpectedEOF, true},
		{"code_of_cause", broken, license.Unavailable, true},
		{"no_reason", broken, license.Reason(""), false},
		{"bare_reason", license.DeviceLimit, license.DeviceLimit, true},
		{"invalid_field", license.Invalidf("key", "a key is required"), license.Invalid, true},
		{"missing", license.Missing("product", "demo"), license.NotFound, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := errors.Is(tt.err, tt.target); got != tt.want {
				t.Errorf("errors.Is(%v, %v) = %t, want %t", tt.err, tt.target, got, tt.want)
			}
		})
	}
}

func TestCodeAndReasonOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		err    error
		code   license.Code
		reason license.Reason
	}{
		{"nil", nil, "", ""},
		{"foreign", io.EOF, license.Internal, ""},
		{"refusal", license.Refuse(license.KeyUnknown), license.NotFound, license.KeyUnknown},
		{"refusal_in_words", license.Refusef(license.MaskTooSmall, "room for %d", 3), license.Invalid, license.MaskTooSmall},
		{"wrapped_refusal", fmt.Errorf("x: %w", license.Refuse(license.LoginLocked)), license.Forbidden, license.LoginLocked},
		{"bare_reason", fmt.Errorf("x: %w", license.StorageFull), license.Unavailable, license.StorageFull},
		{"bare_code", fmt.Errorf("x: %w", license.Conflict), license.Conflict, ""},
		{"invalid", license.Invalidf("amount", "no"), license.Invalid, ""},
		{"no_reason_at_all", license.Reason("nonsense"), license.Internal, "nonsense"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := license.CodeOf(tt.err); got != tt.code {
				t.Errorf("CodeOf(%v) = %q, want %q", tt.err, got, tt.code)
			}
			if got := license.ReasonOf(tt.err); got != tt.reason {
				t.Errorf("ReasonOf(%v) = %q, want %q", tt.err, got, tt.reason)
			}
			if tt.err == nil {
				return
			}
			if got := license.Describe(tt.err).Code; got != tt.code {
				t.Errorf("Describe(%v).Code = %q, want %q as CodeOf says", tt.err, got, tt.code)
			}
		})
	}
}

func TestWrapKeepsTheFirstCode(t *testing.T) {
	t.Parallel()
	if err := license.Wrap(license.Internal, "text", nil); err != nil {
		t.Errorf("Wrap(nil) = %v, want nil", err)
	}
	for _, first := range []error{
		license.Refuse(license.KeyUnknown), fmt.Errorf("x: %w", license.Refuse(license.KeyUnknown)),
		license.KeyUnknown, license.NotFound, license.Missing("license", "K"),
	} {
		err := license.Wrap(license.Internal, "text", first)
		if got := license.CodeOf(err); got != license.NotFound {
			t.Errorf("CodeOf(Wrap(internal, %v)) = %q, want not_found", first, got)
		}
		if license.ReasonOf(err) != license.ReasonOf(first) {
			t.Errorf("ReasonOf(Wrap(internal, %v)) = %q, want %q", first, license.ReasonOf(err), license.ReasonOf(first))
		}
	}
}

// What Describe gives to a door never holds the text of a cause.
func TestDescribeHidesCauses(t *testing.T) {
	t.Parallel()
	const secret = "password=hunter2"
	cause := errors.New(secret)
	for _, err := range []error{
		cause,
		fmt.Errorf("store: %w", cause),
		license.Wrap(license.Unavailable, "the database cannot be reached", cause),
		fmt.Errorf("%w: %w", license.NotFound, cause),
		fmt.Errorf("%w: %w", license.KeyUnknown, cause),
	} {
		d := license.Describe(err)
		if strings.Contains(d.Message, secret) || strings.Contains(d.Field, secret) {
			t.Errorf("Describe(%v) shows the cause: %q %q", err, d.Field, d.Message)
		}
		if d.Message == "" {
			t.Errorf("Describe(%v) has no message", err)
		}
	}
	if d := license.Describe(cause); d.Code != license.Internal || !errors.Is(d, cause) {
		t.Errorf("Describe(foreign) = %s that is its cause: %t, want internal and true, for the log", d.Code, errors.Is(d, cause))
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"all activations are in use":            license.Refuse(license.DeviceLimit),
		"key: a license key is required":        license.Invalidf("key", "a license key is required"),
		`no product "demo"`:                     license.Missing("product", "demo"),
		"the disk is out: unexpected EOF":       license.Wrap(license.Unavailable, "the disk is out", io.ErrUnexpectedEOF),
		"conflict":                              &license.Error{Code: license.Conflict},
		"not_found":                             license.NotFound,
		"device_limit":                          license.DeviceLimit,
		"the mask has too little room: add 2 *": license.Refusef(license.MaskTooSmall, "the mask has too little room: add %d *", 2),
	} {
		if got := err.Error(); got != want {
			t.Errorf("Error() = %q, want %q", got, want)
		}
	}
	if e := license.RefuseFor(license.LoginLocked, 15*time.Minute); e.RetryAfter != 15*time.Minute || e.Reason != license.LoginLocked {
		t.Errorf("RefuseFor = %+v, want the reason and 15 minutes", e)
	}
}
