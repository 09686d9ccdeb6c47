package api

import (
	"bytes"
	"encoding/json"
)

// MergeInto changes *to, which is what a thing is to keep as its object, into stored after the patch o (RFC 7396): members that o names are
// replaced, those that are null in it go, the others stay. Nothing happens where to is nil, because no patch was given; the empty patch, which
// null makes, takes everything away.
func (o Object) MergeInto(stored string, to *string) error {
	if to == nil {
		return nil
	}
	if o == "" {
		*to = ""
		return nil
	}
	var target, patch any
	if stored != "" {
		if err := decodeExact(stored, &target); err != nil {
			return err
		}
	}
	if err := decodeExact(string(o), &patch); err != nil {
		return err
	}
	text, err := json.Marshal(merge(target, patch))
	if err != nil {
		return err
	}
	*to = string(text)
	return nil
}

// decodeExact keeps numbers as they are written.
func decodeExact(text string, to *any) error {
	in := json.NewDecoder(bytes.NewReader([]byte(text)))
	in.UseNumber()
	return in.Decode(to)
}

// merge is MergePatch of RFC 7396, section 2.
func merge(target, patch any) any {
	members, isObject := patch.(map[string]any)
	if !isObject {
		return patch
	}
	object, isObject := target.(map[string]any)
	if !isObject {
		object = map[string]any{}
	}
	for name, value := range members {
		if value == nil {
			delete(object, name)
			continue
		}
		object[name] = merge(object[name], value)
	}
	return object
}
