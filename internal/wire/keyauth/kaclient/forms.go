package kaclient

import (
	"encoding/json"
	"fmt"
	"regexp"
)

// kind is what clients take a member for. A client that asserts types ends where one is another (§2, §3).
type kind int

const (
	text    kind = iota // a string
	maybe               // a string or null
	flag                // a boolean
	integer             // a number without a fraction
	unix                // a string of digits
	object              // an object
	objects             // an array of objects
)

// kinds are the members that answers may have. One that is not here is unknown, and an error.
var kinds = map[string]kind{
	"success": flag, "code": integer, "message": text, "nonce": text, "role": text, "ownerid": text, "sessionid": text,
	"newSession": flag, "download": text, "response": text, "contents": text,
	"appinfo": object, "numUsers": text, "numOnlineUsers": text, "numKeys": text, "version": text, "customerPanelLink": text,
	"info": object, "username": text, "ip": text, "hwid": maybe, "createdate": unix, "lastlogin": unix,
	"subscriptions": objects, "subscription": text, "key": maybe, "expiry": unix, "timeleft": integer, "level": unix,
	"users": objects, "credential": text,
	"messages": objects, "author": text, "timestamp": integer,
	"2fa": object, "secret_code": text, "QRCode": text,
}

var digits = regexp.MustCompile(`^[0-9]+$`)

var whole = regexp.MustCompile(`^-?[0-9]+$`)

func checkObject(at string, o map[string]any) error {
	for name, value := range o {
		if err := checkMember(at+name, name, value); err != nil {
			return err
		}
	}
	return nil
}

func checkMember(at, name string, value any) error {
	want, known := kinds[name]
	if !known {
		return fmt.Errorf("%s is a member that clients do not know", at)
	}
	ok := false
	switch v := value.(type) {
	case nil:
		ok = want == maybe
	case string:
		ok = want == text || want == maybe || want == unix && digits.MatchString(v)
	case bool:
		ok = want == flag
	case json.Number:
		ok = want == integer && whole.MatchString(v.String())
	case map[string]any:
		if want == object {
			return checkObject(at+".", v)
		}
	case []any:
		ok = want == objects
		for i, each := range v {
			o, isObject := each.(map[string]any)
			if !isObject {
				return fmt.Errorf("%s[%d] is %v, want an object", at, i, each)
			}
			if err := checkObject(fmt.Sprintf("%s[%d].", at, i), o); err != nil {
				return err
			}
		}
	}
	if !ok {
		return fmt.Errorf("%s is %#v, which is not of the type that clients expect", at, value)
	}
	return nil
}

// JSON returns what an answer says; nil when it is no object.
func (a Answer) JSON() map[string]any {
	var o map[string]any
	if json.Unmarshal(a.Body, &o) != nil {
		return nil
	}
	return o
}

// OK reports whether the answer is a success.
func (a Answer) OK() bool { return a.JSON()["success"] == true }

// Message returns the text of the answer; [Invalid] where that is all of it.
func (a Answer) Message() string {
	if string(a.Body) == Invalid {
		return Invalid
	}
	text, _ := a.JSON()["message"].(string)
	return text
}
