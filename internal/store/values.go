package store

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
	"unsafe"

	"licet/internal/license"
)

// plain turns an argument into nil, int64, float64, bool, string or []byte. Text that no database
// can hold is refused with license.Invalid, the same on both engines.
func plain(arg any) (any, error) {
	switch v := arg.(type) {
	case nil, int64, bool, float64:
		return v, nil
	case string:
		return v, checkText(v)
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case int:
		return int64(v), nil
	}
	v := reflect.ValueOf(arg)
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(v.Uint()), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return v.String(), checkText(v.String())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return plain(v.Bytes())
		}
	}
	return nil, fmt.Errorf("store: an argument of type %T", arg)
}

// checkText refuses what PostgreSQL cannot keep: NUL, and bytes that are not UTF-8.
func checkText(s string) error {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return license.Invalidf("", "the text holds bytes that are not allowed")
	}
	return nil
}

// place returns the address of a destination and the basic kind of what lies there:
// Int64, Int, Int32, String, Bool, Float64, or Slice for bytes; Invalid for anything else.
// A *cell is Interface: it takes any value.
func place(dest any) (reflect.Kind, unsafe.Pointer) {
	switch d := dest.(type) {
	case *int64:
		return reflect.Int64, unsafe.Pointer(d)
	case *string:
		return reflect.String, unsafe.Pointer(d)
	case *bool:
		return reflect.Bool, unsafe.Pointer(d)
	case *[]byte:
		return reflect.Slice, unsafe.Pointer(d)
	case *int:
		return reflect.Int, unsafe.Pointer(d)
	case *cell:
		return reflect.Interface, unsafe.Pointer(d)
	}
	v := reflect.ValueOf(dest)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return reflect.Invalid, nil
	}
	switch elem := v.Type().Elem(); elem.Kind() {
	case reflect.Int64, reflect.Int, reflect.Int32, reflect.String, reflect.Bool, reflect.Float64:
		return elem.Kind(), v.UnsafePointer()
	case reflect.Slice:
		if elem.Elem().Kind() == reflect.Uint8 {
			return reflect.Slice, v.UnsafePointer()
		}
	}
	return reflect.Invalid, nil
}

// putInt stores n at the address of an integer kind.
func putInt(kind reflect.Kind, at unsafe.Pointer, n int64) {
	switch kind {
	case reflect.Int64:
		*(*int64)(at) = n
	case reflect.Int:
		*(*int)(at) = int(n)
	case reflect.Int32:
		*(*int32)(at) = int32(n)
	}
}

// clearAt stores the zero value of kind, for NULL.
func clearAt(kind reflect.Kind, at unsafe.Pointer) {
	switch kind {
	case reflect.String:
		*(*string)(at) = ""
	case reflect.Bool:
		*(*bool)(at) = false
	case reflect.Float64:
		*(*float64)(at) = 0
	case reflect.Slice:
		*(*[]byte)(at) = nil
	case reflect.Interface:
		c := (*cell)(at)
		c.kind, c.bytes = cellNull, c.bytes[:0]
	default:
		putInt(kind, at, 0)
	}
}

// cell is a destination that keeps NULL and the type of any value, and its buffer from row to row. Backups
// read through it.
type cell struct {
	kind  cellKind
	n     int64 // cellInt; cellBool as 0 or 1
	f     float64
	bytes []byte // cellText, cellBytes; valid until the next row
}

type cellKind int8

const (
	cellNull cellKind = iota
	cellInt
	cellBool
	cellFloat
	cellText
	cellBytes
)

func errDest(dest any) error {
	return fmt.Errorf("store: a destination of type %T", dest)
}

func errCount(what string, have, want int) error {
	return fmt.Errorf("store: %d %s, want %d", have, what, want)
}
