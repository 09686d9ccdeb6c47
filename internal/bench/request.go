package bench

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"slices"
)

// deviceLength is how many characters the hardware id of every device has.
const deviceLength = 32

// appendDevice appends the hardware id of a device of a license: hexadecimal digits that look
// random, so that neighbours do not lie side by side in an index.
func appendDevice(dst []byte, of, device int) []byte {
	const digits = "0123456789abcdef"
	for part := range uint64(2) {
		v := scramble(uint64(of)<<16 | uint64(device)<<1 | part)
		for shift := 60; shift >= 0; shift -= 4 {
			dst = append(dst, digits[v>>shift&15])
		}
	}
	return dst
}

// scramble is a step of SplitMix64: numbers in a row come out unlike each other, and never equal.
func scramble(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// form is a request that is rendered once. Key, device and session have a fixed length, so for the next
// request they are written over the ones before.
type form struct {
	text        []byte
	key, device int    // where they stand; 0 is nowhere
	session     int    // where the session stands that the first answer named; 0 is nowhere
	yes         []byte // what a good answer has in its body
	status      int    // of a good answer; 0 is 200
	then        []form // what is sent next, each once the answer before was good
}

func newForm(base string, k *keys) (form, error) {
	u, err := url.Parse(base)
	if err != nil {
		return form{}, err
	}
	blank := bytes.Repeat([]byte{'x'}, k.each)
	device := bytes.Repeat([]byte{'y'}, deviceLength)
	body := fmt.Sprintf(`{"product_id":%d,"license_key":"%s","hwid":"%s"}`, k.product, blank, device)
	text := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: licet-bench\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", verifyPath, u.Host, len(body), body)
	return form{
		text: text, key: bytes.LastIndex(text, blank), device: bytes.LastIndex(text, device), yes: []byte(`"success":true`),
	}, nil
}

// copyOf returns a form that can be changed without changing f.
func (f form) copyOf() form {
	f.text, f.then = bytes.Clone(f.text), slices.Clone(f.then)
	for i := range f.then {
		f.then[i] = f.then[i].copyOf()
	}
	return f
}

// of renders the request of a device of the license at place i.
func (f *form) of(k *keys, i, device int) []byte {
	if f.key > 0 {
		copy(f.text[f.key:], k.of(i))
	}
	if f.device > 0 {
		appendDevice(f.text[f.device:f.device], i, device)
	}
	return f.text
}

func hostOf(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	if _, _, err := net.SplitHostPort(u.Host); err != nil {
		return "", err
	}
	return u.Host, nil
}
