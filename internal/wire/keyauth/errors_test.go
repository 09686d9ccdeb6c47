package keyauth

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// words lists every word of the dialect.
func words() []word {
	return []word{unknownPath, wrongMethod, unreadable, noOwner, noName, wrongOwner, unknownType, legacyOff, oldSession, longEnckey,
		longName, longKey, longReason, notListed, nobodyOnline, noVariable, noData, longData, noLog, longLog, blankMessage,
		longMessage, nameUsed, noSuchUser, otherEmail, noValue, wrongCode, noCode, outsideDown, outsideBusy}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	wiretest.ErrorTable(t, Errors)
	for _, r := range license.Reasons() {
		row, ok := Errors.ByReason[r]
		switch ours := r.Code() == license.Unavailable; {
		case !ok:
			t.Errorf("no row for the reason %s", r)
		case !ours && r.Code() != license.Throttled && row.Status != http.StatusOK:
			t.Errorf("the reason %s is answered with %d, want 200: two SDKs end at any other", r, row.Status)
		}
		if name, own := strings.CutPrefix(row.Message, "{"); own {
			if _, known := license.ApplicationText(strings.TrimSuffix(name, "}")); !known {
				t.Errorf("the reason %s is told as %s, which applications do not have", r, row.Message)
			}
		}
	}
}

// A number is one failure, none is that of a success, and a text is ASCII: one SDK cannot verify any other (§3.4).
func TestNumbers(t *testing.T) {
	t.Parallel()
	of := map[string]string{"68": "success"}
	note := func(row wire.Row, what string) {
		if other, taken := of[row.Code]; taken || row.Code == "" {
			t.Errorf("%s has the number %q of %s", what, row.Code, other)
		}
		of[row.Code] = what
		for _, r := range row.Message {
			if r > unicode.MaxASCII {
				t.Errorf("%s says %q, want ASCII", what, row.Message)
			}
		}
	}
	for _, r := range license.Reasons() {
		note(Errors.ByReason[r], string(r))
		note(wire.Row{Code: "text of " + string(r), Message: r.Sentence()}, "the sentence of "+string(r))
	}
	for _, code := range license.Codes() {
		note(Errors.ByCode[code], string(code))
	}
	note(Errors.TooLarge, "a body that is too large")
	for _, w := range words() {
		row, _ := rowOf(w)
		note(row, w.Error())
	}
}

// TestTextsThatClientsCompare keeps the texts of §3.6 to what they are for.
func TestTextsThatClientsCompare(t *testing.T) {
	t.Parallel()
	for r, want := range map[license.Reason]string{license.VersionOutdated: "invalidver", license.ApplicationUnknown: "KeyAuth_Invalid"} {
		if got := Errors.ByReason[r].Message; got != want {
			t.Errorf("%s is told as %q, want %q", r, got, want)
		}
	}
	for _, r := range license.Reasons() {
		asks := strings.HasPrefix(string(r), "second_factor")
		row, _ := rowOf(license.Refuse(r))
		c, _ := bareCall(v13)
		if got := c.tell(row.Message, license.Refuse(r)); strings.Contains(strings.ToLower(got), "2fa") != asks {
			t.Errorf("%s is told as %q: an app then asks for a code", r, got)
		}
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	const begin, end = `{"success":false,"code":`, `,"nonce":"N","ownerid":"abcdefghij"}`
	settings := license.DefaultApplicationSettings()
	settings.Texts = map[string]string{"userbanned": "Banned: {reason}.", "keynotfound": "Clé <inconnue>"}
	for _, tt := range []struct {
		name       string
		err        error
		status     int
		body       string
		retryAfter string
	}{
		{"reason", license.Refuse(license.AlreadyRedeemed), 200, begin + `142,"message":"License key has already been used"` + end, ""},
		{"own_text", license.Refuse(license.KeyUnknown), 200, begin + `140,"message":"Clé <inconnue>"` + end, ""},
		{"with_reason", license.Refusef(license.UserBanned, "%s", "he {n} \"lied\""), 200,
			begin + `161,"message":"Banned: he {n} \"lied\"."` + end, ""},
		{"without_reason", license.Refuse(license.UserBanned), 200, begin + `161,"message":"Banned: ."` + end, ""},
		{"without_place_for_a_reason", license.Refusef(license.RedemptionBlocked, "why"), 200,
			begin + `144,"message":"Your license is banned"` + end, ""},
		{"token", license.Refusef(license.ProgramTokenBanned, "leaked"), 200, begin + `129,"message":"The Token Has Been Blacklisted For ` +
			`The Following Reason: leaked Contact Application Developer If This Is A Mistake"` + end, ""},
		{"muted", license.Refusef(license.ChatMuted, "January 5, 2026, 3:04 pm"), 200,
			begin + `193,"message":"You're muted from chat until January 5, 2026, 3:04 pm"` + end, ""},
		{"too_short", license.Refuse(license.DeviceTooShort), 200,
			begin + `170,"message":"HWID must be 20 or more characters, change this in app settings."` + end, ""},
		{"version", license.Refuse(license.VersionOutdated), 200,
			begin + `124,"message":"invalidver","download":"https://example.com/?a=1&b=<2>"` + end, ""},
		{"unknown_app", license.Refuse(license.ApplicationUnknown), 200, "KeyAuth_Invalid", ""},
		{"word", unknownType, 200, begin + `106,"message":"The value inputted for type paramater was not found"` + end, ""},
		{"field", license.Invalidf("name", "it is {too} long"), 200, begin + `200,"message":"it is {too} long"` + end, ""},
		{"rate", license.RefuseFor(license.RateExceeded, 1500*time.Millisecond), 429,
			begin + `194,"message":"You've been rate limited, you're sending too many requests"` + end, "2"},
		{"locked", license.RefuseFor(license.LoginLocked, time.Minute), 200,
			begin + `167,"message":"Too many wrong attempts, try again later."` + end, "60"},
		{"too_large", license.Wrap(license.Invalid, "the body is too large", wire.ErrBodyTooLarge), 413,
			begin + `209,"message":"the body is too large"` + end, ""},
		{"storage", license.Refuse(license.StorageDown), 503,
			begin + `196,"message":"the database cannot be reached; nothing was changed"` + end, "1"},
		{"fault", errors.New("secret cause"), 500,
			begin + `208,"message":"Error: the server could not answer, try again later."` + end, ""},
		{"panic", wire.PanicError("secret cause"), 500,
			begin + `208,"message":"Error: the server could not answer, try again later."` + end, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, w := bareCall(v13)
			c.visit.App.Settings, c.visit.App.Download = &settings, "https://example.com/?a=1&b=<2>"
			_, r := wire.Begin(w, c.r, "", wire.PeerOf(c.r))
			wire.ExchangeOf(r).Note = c
			c.d.writeError(w, r, tt.err)
			if got := uuid.ReplaceAllString(w.Body.String(), "N"); w.Code != tt.status || got != tt.body {
				t.Errorf("writeError(%v) = %d %s\nwant %d %s", tt.err, w.Code, got, tt.status, tt.body)
			}
			if got := w.Header().Get("Retry-After"); got != tt.retryAfter {
				t.Errorf("Retry-After = %q, want %q", got, tt.retryAfter)
			}
			verify(t, w)
		})
	}
}

func TestWriteErrorOfOldDialect(t *testing.T) {
	t.Parallel()
	c, w := bareCall(v12)
	_, r := wire.Begin(w, c.r, "", wire.PeerOf(c.r))
	wire.ExchangeOf(r).Note = c
	c.d.writeError(w, r, license.Refuse(license.KeyUnknown))
	if got := w.Body.String(); got != `{"success":false,"message":"Invalid license key"}` || header(w.Header(), "x-signature-ed25519") != "" {
		t.Errorf("writeError = %s %v", got, w.Header())
	}
}

// A reason that means another thing in one call is told so, and the log still knows it.
func TestWordsOfCalls(t *testing.T) {
	t.Parallel()
	calls := newCalls()
	for _, tt := range []struct {
		call string
		err  error
		want string
	}{
		{"forgot", license.Refuse(license.UserUnknown), noSuchUser.text},
		{"login", license.Refuse(license.UserUnknown), "{usernamenotfound}"},
		{"getvar", license.Refuse(license.VariableUnknown), noValue.text},
		{"var", license.Refuse(license.VariableUnknown), "Variable not found."},
		{"changeUsername", license.Refuse(license.NameTaken), nameUsed.text},
		{"register", license.Refuse(license.NameTaken), "{usernametaken}"},
		{"forgot", license.Invalidf("email", "x"), otherEmail.text},
		{"ban", license.Invalidf("reason", "x"), longReason.text},
		{"setvar", license.Invalidf("data", "x"), noData.text},
		{"setvar", license.Invalidf("data_length", "x"), longData.text},
		{"setvar", license.Invalidf("other", "x"), "x"},
		{"log", license.Invalidf("message", "x"), noLog.text},
		{"log", license.Invalidf("message_length", "x"), longLog.text},
		{"chatsend", license.Invalidf("message", "x"), blankMessage.text},
		{"chatsend", license.Invalidf("message_length", "x"), longMessage.text},
		{"2faenable", license.Refuse(license.SecondFactorWrong), wrongCode.text},
		{"2fadisable", license.Refuse(license.SecondFactorRequired), noCode.text},
		{"login", license.Refuse(license.SecondFactorRequired), "2fa code required"},
		{"webhook", license.Refuse(license.OutsideFailed), outsideDown.text},
		{"checkBlack", notListed, notListed.text},
	} {
		err := calls[tt.call].say(tt.err)
		if row, _ := rowOf(err); row.Message != tt.want || row.Status != 200 {
			t.Errorf("%s: %v is told as %d %q, want %q", tt.call, tt.err, row.Status, row.Message, tt.want)
		}
		if got, want := license.ReasonOf(err), license.ReasonOf(tt.err); got != want {
			t.Errorf("%s: the log says %q of %v", tt.call, got, tt.err)
		}
	}
	if calls["init"].say(nil) != nil {
		t.Error("say(nil) is an error")
	}
}
