// Package canonjson writes canonical JSON: the bytes that JavaScript prints with
// JSON.stringify(JSON.parse(x)).
//
// Some doors sign the bytes of their answers, and some of their clients check the signature not
// over what they received but over what they print after parsing it (license API contract §3.1
// and §4, KeyAuth contract §3.4). Both agree only while the two are the same, byte for byte.
// encoding/json does not print like that: it escapes U+2028, U+2029 and, unless told otherwise,
// < > &, and it cannot move names.
//
//   - A [Writer] writes an answer whose names are known: in the order of the code, without
//     reflection. [AppendString], [AppendInt], [AppendFloat] and [AppendBool] are its parts.
//   - [Canonicalize] prints JSON of somebody else, such as metadata, in canonical form. Do it once,
//     where the text comes in; [Writer.Raw] copies the result into answers.
//
// A test compares this package with JavaScript itself, on some thousands of nasty texts.
//
// The package knows no other package of Licet.
package canonjson
