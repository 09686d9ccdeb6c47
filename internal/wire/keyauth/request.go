package keyauth

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"licet/internal/wire"
)

// maxBody is how many bytes a request may have: the body of a webhook is the longest thing that an app sends.
const maxBody = 1 << 20

// maxFields is how many fields of a request are looked at, known or not: the brake comes only after them.
const maxFields = 256

// field names something that an app says (§6, §7).
type field uint8

const (
	typeField field = iota
	ownerField
	nameField
	sessionField
	verField
	versionField // ver as JavaScript calls it
	hashField
	enckeyField
	tokenField
	thashField
	usernameField
	passField
	emailField
	keyField
	hwidField
	codeField
	checkPaidField
	varidField
	varField
	dataField
	reasonField
	messageField
	pcuserField
	webidField
	paramsField
	bodyField
	conttypeField
	fileidField
	channelField
	newUsernameField
	fieldCount int = iota
)

// fieldNames are the fields as they travel. What is not here is ignored.
var fieldNames = map[string]field{
	"type": typeField, "ownerid": ownerField, "name": nameField, "sessionid": sessionField, "ver": verField, "version": versionField,
	"hash": hashField, "enckey": enckeyField, "token": tokenField, "thash": thashField, "username": usernameField, "pass": passField,
	"email": emailField, "key": keyField, "hwid": hwidField, "code": codeField, "check_paid": checkPaidField, "varid": varidField,
	"var": varField, "data": dataField, "reason": reasonField, "message": messageField, "pcuser": pcuserField, "webid": webidField,
	"params": paramsField, "body": bodyField, "conttype": conttypeField, "fileid": fileidField, "channel": channelField,
	"newUsername": newUsernameField,
}

// fields is what an app says. A field that is not there is "", and one that is empty is not there (§3.1).
type fields [fieldCount]string

// readFields reads the query and, where there may be one, the body, which wins.
func (f *fields) readFields(r *http.Request) error {
	f.readForm([]byte(r.URL.RawQuery))
	if r.Method != http.MethodPost {
		return nil
	}
	body, err := wire.ReadBody(r, maxBody)
	if err != nil {
		return err
	}
	defer body.Release()
	return f.readBody(r.Header.Get("Content-Type"), body.Bytes())
}

// readBody reads a body as multipart/form-data where that is what it is said to be, and otherwise as a form: some clients
// say nothing.
func (f *fields) readBody(contentType string, body []byte) error {
	media, params, err := mime.ParseMediaType(contentType)
	if media != "multipart/form-data" {
		f.readForm(body)
		return nil
	}
	if err != nil || params["boundary"] == "" {
		return unreadable
	}
	return f.readParts(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
}

// readForm reads a form: name=value, joined by &. Nothing in it is an error: two SDKs escape next to nothing.
func (f *fields) readForm(form []byte) {
	for n := 0; len(form) > 0 && n < maxFields; n++ {
		var pair []byte
		pair, form, _ = bytes.Cut(form, []byte("&"))
		name, value, _ := bytes.Cut(pair, []byte("="))
		if at, known := fieldNames[string(unescape(name))]; known {
			f.set(at, string(unescape(value)))
		}
	}
}

// readParts reads the parts of a multipart body; those that bring a file are no fields.
func (f *fields) readParts(parts *multipart.Reader) error {
	for range maxFields {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return unreadable
		}
		at, known := fieldNames[part.FormName()]
		if !known || part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return unreadable
		}
		f.set(at, string(value))
	}
	return unreadable
}

// unescape is url.QueryUnescape for those who do not escape: what is no escape stands for itself.
func unescape(text []byte) []byte {
	if !bytes.ContainsAny(text, "%+") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			out = append(out, fromHex(text[i+1])<<4|fromHex(text[i+2]))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func fromHex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// set keeps what an app says of a field, unless that is nothing. What is said twice is what was said last.
func (f *fields) set(at field, value string) {
	value = clean(value)
	switch at {
	case passField, dataField, messageField:
	case bodyField, hashField, conttypeField:
		if at != bodyField {
			value = trim(value)
		}
		if value == "undefined" {
			return // JavaScript's word for nothing.
		}
	default:
		value = trim(value)
	}
	if value != "" {
		f[at] = value
	}
}

// clean makes text of what came: what is no UTF-8 becomes U+FFFD, and so does NUL, which no database keeps.
func clean(value string) string {
	if utf8.ValidString(value) && strings.IndexByte(value, 0) < 0 {
		return value
	}
	return strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", "\uFFFD")
}

// trim takes white space off both ends: SDKs send the newline of /etc/machine-id along (§3.1).
func trim(value string) string { return strings.TrimFunc(value, unicode.IsSpace) }

// first returns the first field of a few that is there: the spellings of one.
func (f *fields) first(spellings ...field) string {
	for _, at := range spellings {
		if f[at] != "" {
			return f[at]
		}
	}
	return ""
}
