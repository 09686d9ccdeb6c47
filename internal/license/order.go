package license

import "io"

// referenceMask gives generated references 2^79 possibilities, so that two never meet.
const referenceMask = "ord-****-****-****-****"

// NewReference makes the id of an order that was given none (S0-08).
func NewReference(rand io.Reader) (string, error) {
	return Mask{Text: referenceMask}.Generate(rand)
}
