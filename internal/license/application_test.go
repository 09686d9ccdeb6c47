package license_test

import (
	"strings"
	"testing"

	"licet/internal/license"
)

// TestHardware: the lock of an application to machines (keyauth.md §9.7).
func TestHardware(t *testing.T) {
	t.Parallel()
	const own, other = "machine-of-bob-000000001", "machine-of-eve-000000002"
	for _, tt := range []struct {
		name  string
		edit  func(*license.ApplicationSettings)
		known []string
		roams bool
		says  string
		bind  bool
		want  license.Reason
	}{
		{"first_is_bound", nil, nil, false, own, true, ""},
		{"own", nil, []string{own}, false, own, false, ""},
		{"another", nil, []string{own}, false, other, false, license.DeviceMismatch},
		{"second_of_two", nil, []string{own, other}, false, other, false, ""},
		{"part_of_own", nil, []string{own + other}, false, own, false, license.DeviceMismatch},
		{"own_in_another_case", nil, []string{own}, false, strings.ToUpper(own), false, license.DeviceMismatch},
		{"none", nil, []string{own}, false, "", false, license.DeviceRequired},
		{"none_where_none_is_forced", func(s *license.ApplicationSettings) { s.ForceHardware = false }, []string{own}, false, "", false, ""},
		{"short", nil, nil, false, "short", false, license.DeviceTooShort},
		{"lock_off", func(s *license.ApplicationSettings) { s.LockHardware = false }, []string{own}, false, other, false, ""},
		{"lock_off_binds_nothing", func(s *license.ApplicationSettings) { s.LockHardware = false }, nil, false, other, false, ""},
		{"roams", nil, []string{own}, true, other, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := license.DefaultApplicationSettings()
			if tt.edit != nil {
				tt.edit(&s)
			}
			u := license.ApplicationUser{Hardware: tt.known, Roams: tt.roams}
			err := s.CheckHardware(tt.says)
			bind := false
			if err == nil {
				bind, err = s.BindHardware(&u, tt.says)
			}
			if bind != tt.bind || license.ReasonOf(err) != tt.want {
				t.Errorf("a sign-in from %q = %v, %s, want %v, %q", tt.says, bind, outcome(err), tt.bind, tt.want)
			}
		})
	}
}

// A hash is known as a whole, in any letter case; none is no hash.
func TestHasHash(t *testing.T) {
	t.Parallel()
	s := license.ApplicationSettings{Hashes: []string{"0123456789abcdef0123456789abcdef"}}
	for hash, want := range map[string]bool{"0123456789abcdef0123456789abcdef": true, "0123456789ABCDEF0123456789ABCDEF": true, "0123456789abcdef": false, "": false} {
		if got := s.HasHash(hash); got != want {
			t.Errorf("HasHash(%q) = %v, want %v", hash, got, want)
		}
	}
}

// TestApplicationSettings: what cannot be set is refused by name.
func TestApplicationSettings(t *testing.T) {
	t.Parallel()
	for field, edit := range map[string]func(*license.ApplicationSettings){
		"":                func(*license.ApplicationSettings) {},
		"min_hardware":    func(s *license.ApplicationSettings) { s.MinHardware = -1 },
		"session_seconds": func(s *license.ApplicationSettings) { s.SessionSeconds = 604801 },
		"reset_seconds":   func(s *license.ApplicationSettings) { s.ResetSeconds = -1 },
		"min_name":        func(s *license.ApplicationSettings) { s.MinName = 0 },
		"texts":           func(s *license.ApplicationSettings) { s.Texts = map[string]string{"nothing": "x"} },
		"hashes":          func(s *license.ApplicationSettings) { s.Hashes = make([]string, 1001) },
	} {
		s := license.DefaultApplicationSettings()
		edit(&s)
		err := s.Validate()
		if field == "" && err != nil || field != "" && (err == nil || license.Describe(err).Field != field) {
			t.Errorf("Validate = %v, want a refusal of %q", err, field)
		}
	}
	s := license.DefaultApplicationSettings()
	s.Texts = map[string]string{"keyused": strings.Repeat("x", 101)}
	if err := s.Validate(); license.CodeOf(err) != license.Invalid {
		t.Errorf("a text of 101 characters = %v, want invalid", err)
	}
	s.Texts = map[string]string{"keyused": "Taken"}
	if got := s.Text("keyused") + s.Text("loggedInMsg"); got != "TakenLogged in!" {
		t.Errorf("the texts are %q, want the vendor's and the default", got)
	}
}
