package native

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/wire/api"
)

// appendVerdict writes a Verdict. activation names the activation of the device, "" where there is none.
func (d *door) appendVerdict(dst []byte, ans *authority.Answer, activation string) []byte {
	l, p := &ans.License, &ans.Product
	valid, code, detail := judge(ans)
	dst = append(dst, `{"valid":`...)
	dst = strconv.AppendBool(dst, valid)
	dst = append(dst, `,"code":"`...)
	dst = append(dst, code...)
	dst = append(dst, `","detail":`...)
	dst = canonjson.AppendString(dst, detail)
	dst = append(dst, `,"notices":[`...)
	dst = appendNotices(dst, ans.Verdict.Broken, code)
	dst = append(dst, `],"license":{"id":`...)
	dst = strconv.AppendInt(dst, int64(l.ID), 10)
	if l.Key != "" {
		dst = append(dst, `,"key":`...)
		dst = canonjson.AppendString(dst, l.Key)
	}
	dst = append(dst, `,"product":`...)
	dst = canonjson.AppendString(dst, p.Code)
	dst = append(dst, `,"standing":"`...)
	dst = append(dst, l.Standing...)
	dst = append(dst, `","expired":`...)
	dst = strconv.AppendBool(dst, l.IsExpired(ans.Now))
	dst = appendTime(dst, `,"issued_at":`, l.IssuedAt)
	dst = appendTime(dst, `,"started_at":`, l.StartedAt)
	dst = appendTime(dst, `,"expires_at":`, l.ExpiresAt)
	dst = appendTime(dst, `,"maintained_until":`, l.MaintainedUntil)
	dst = append(dst, `,"activations":`...)
	dst = strconv.AppendInt(dst, l.Activated, 10)
	dst = append(dst, `,"metadata":`...)
	dst = appendObject(dst, l.Metadata)
	dst = append(dst, '}')
	dst = appendDevice(dst, ans.Device, activation)
	dst = appendUser(dst, ans.User)
	if meter := l.Terms.Usage; meter != nil {
		dst = append(dst, `,"usage":`...)
		dst = appendUsage(dst, l.UsedAt(ans.Now), ans.Reserved, meter)
	}
	dst = append(dst, `,"features":[`...)
	dst = appendFeatures(dst, ans)
	dst = append(dst, `],"terms":`...)
	dst = append(dst, d.terms.of(l.Terms)...)
	dst = appendTime(dst, `,"now":`, ans.Now)
	return append(dst, '}')
}

func appendNotices(dst []byte, broken []license.Reason, code string) []byte {
	first := true
	for _, why := range broken {
		if string(why) == code {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(append(dst, '"'), why...), '"')
	}
	return dst
}

func appendDevice(dst []byte, device *license.Device, activation string) []byte {
	if device == nil {
		return dst
	}
	dst = append(dst, `,"device":{"id":`...)
	dst = strconv.AppendInt(dst, int64(device.ID), 10)
	if activation != "" {
		dst = append(append(append(dst, `,"activation":"`...), activation...), '"')
	}
	if device.Name != "" {
		dst = append(dst, `,"name":`...)
		dst = canonjson.AppendString(dst, device.Name)
	}
	dst = append(dst, `,"active":`...)
	dst = strconv.AppendBool(dst, device.Active)
	dst = append(dst, `,"blocked":`...)
	dst = strconv.AppendBool(dst, device.Blocked)
	dst = appendTime(dst, `,"activated_at":`, device.ActivatedAt)
	return append(dst, '}')
}

func appendUser(dst []byte, user *license.LicenseUser) []byte {
	if user == nil {
		return dst
	}
	dst = append(dst, `,"user":{"id":`...)
	dst = strconv.AppendInt(dst, int64(user.ID), 10)
	dst = append(dst, `,"name":`...)
	dst = canonjson.AppendString(dst, user.Name)
	dst = append(dst, `,"is_initial_password":`...)
	dst = strconv.AppendBool(dst, user.InitialPassword)
	return append(dst, '}')
}

func appendUsage(dst []byte, used, reserved int64, meter *license.UsageTerms) []byte {
	dst = append(dst, `{"used":`...)
	dst = strconv.AppendInt(dst, used, 10)
	dst = append(dst, `,"reserved":`...)
	dst = strconv.AppendInt(dst, reserved, 10)
	dst = append(dst, `,"limit":`...)
	if most, limited := meter.Allowed().Max(); limited {
		dst = strconv.AppendInt(dst, most, 10)
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, '}')
}

func appendFeatures(dst []byte, ans *authority.Answer) []byte {
	for i := range ans.License.Terms.Features {
		t := &ans.License.Terms.Features[i]
		var grant *license.Grant
		if at := slices.IndexFunc(ans.Detail.Grants, func(g license.Grant) bool { return g.Feature == t.Code }); at >= 0 {
			grant = &ans.Detail.Grants[at]
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"code":`...)
		dst = canonjson.AppendString(dst, t.Code)
		var end license.Time
		var used int64
		if grant != nil {
			end = grant.ExpiresAt
			if t.Usage != nil {
				used = grant.UsedAt(t.Usage, ans.Now)
			}
		}
		dst = appendTime(dst, `,"expires_at":`, end)
		dst = append(dst, `,"expired":`...)
		dst = strconv.AppendBool(dst, grant.IsExpired(ans.Now))
		dst = append(dst, `,"used":`...)
		dst = append(strconv.AppendInt(dst, used, 10), '}')
	}
	return dst
}

func appendTime(dst []byte, name string, t license.Time) []byte {
	dst = append(dst, name...)
	if t == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999999Z07:00")
	return append(dst, '"')
}

func appendObject(dst []byte, text string) []byte {
	if text == "" {
		return append(dst, "{}"...)
	}
	return append(dst, text...) // The office took it only as JSON.
}

// encodedTerms keeps the JSON of terms. Terms never change and are shared by the licenses that have them, so their address names them
// as long as it is held here.
type encodedTerms struct {
	mu   sync.RWMutex // guards text
	text map[*license.Terms][]byte
}

// mostTerms is how many are kept: about 2 MB.
const mostTerms = 4096

func (e *encodedTerms) of(t *license.Terms) []byte {
	e.mu.RLock()
	text, known := e.text[t]
	e.mu.RUnlock()
	if known {
		return text
	}
	text, err := json.Marshal(api.ViewTerms(t))
	if err != nil {
		return []byte("{}") // They were read from JSON.
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.text == nil || len(e.text) >= mostTerms {
		e.text = make(map[*license.Terms][]byte)
	}
	e.text[t] = text
	return text
}
