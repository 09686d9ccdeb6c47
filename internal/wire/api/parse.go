package api

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"

	"licet/internal/license"
)

// maxDepth is how deep JSON may be nested.
const maxDepth = 32

// parse reads JSON as the schema judges it. It refuses what encoding/json takes and nobody can mean: a member that is there
// twice, more than one value, text that is no UTF-8.
func parse(body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, license.Invalidf("body", "the body must be a JSON object; it is empty")
	}
	if !utf8.Valid(body) {
		return nil, license.Invalidf("body", "the body must be text in UTF-8")
	}
	in := json.NewDecoder(bytes.NewReader(body))
	value, err := parseValue(in, 0)
	if err != nil {
		return nil, err
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, license.Invalidf("body", "the body must be one JSON object, with nothing after it")
	}
	return value, nil
}

func parseValue(in *json.Decoder, depth int) (any, error) {
	token, err := in.Token()
	if err != nil {
		return nil, license.Invalidf("body", "the body must be valid JSON")
	}
	if depth > maxDepth {
		return nil, license.Invalidf("body", "the body is nested too deeply")
	}
	switch token {
	case json.Delim('{'):
		return parseObject(in, depth)
	case json.Delim('['):
		list := []any{}
		for in.More() {
			value, err := parseValue(in, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, closing(in)
	}
	return token, nil
}

func parseObject(in *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for in.More() {
		token, err := in.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, license.Invalidf("body", "the body must be valid JSON")
		}
		if _, twice := object[name]; twice {
			return nil, license.Invalidf("body", "a member of the body is there twice")
		}
		if object[name], err = parseValue(in, depth+1); err != nil {
			return nil, err
		}
	}
	return object, closing(in)
}

func closing(in *json.Decoder) error {
	if _, err := in.Token(); err != nil {
		return license.Invalidf("body", "the body must be valid JSON")
	}
	return nil
}
