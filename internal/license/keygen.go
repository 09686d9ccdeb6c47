package license

import (
	"errors"
	"io"
)

// maxKeyRetries is how often a key that is taken is drawn again before the mask counts as full.
const maxKeyRetries = 200

// maxRolls bounds the drawing of one character. A sound source is refused less than three times in
// ten, so this many refusals in a row mean that it is broken.
const maxRolls = 256

// Generate returns one key of m, each of the possible ones as likely as any other. It reads as many
// bytes of rand as it needs: one for each *, and one more for each byte that would have made some
// characters likelier than others. rand must be cryptographically secure outside tests.
//
// A mask that [Mask.Validate] refuses is Invalid; a failing rand is Internal.
func (m Mask) Generate(rand io.Reader) (string, error) {
	g, err := newKeyMaker(m, 1, rand)
	if err != nil {
		return "", err
	}
	return g.key()
}

// GenerateKeys returns n keys of mask. They differ from each other also where letter case is
// ignored, and taken answers false for the folded form ([FoldKey]) of each; a nil taken means that
// no key is in use. A key in use is drawn again at most 200 times.
//
// Refused with [MaskTooSmall] where mask has no room for n keys or where the retries do not help;
// Invalid for n under 1 and for an invalid mask; Internal where rand fails. Then no key is returned.
// The caller bounds n.
func GenerateKeys(mask Mask, n int, rand io.Reader, taken func(folded string) bool) ([]string, error) {
	if err := mask.Fits(int64(n)); err != nil {
		return nil, err
	}
	g, err := newKeyMaker(mask, n, rand)
	if err != nil {
		return nil, err
	}
	keys := make([]string, 0, n)
	made := make(map[string]struct{}, n)
	free := func(folded string) bool {
		_, used := made[folded]
		return !used && (taken == nil || !taken(folded))
	}
	for len(keys) < n {
		key, folded, err := g.freeKey(free)
		if err != nil {
			return nil, err
		}
		made[folded] = struct{}{}
		keys = append(keys, key)
	}
	return keys, nil
}

// keyMaker draws keys of one mask. Its buffers are shared by all of them.
type keyMaker struct {
	mask     Mask
	stars    int    // how many random characters a key has
	text     []byte // the key being made
	rand     io.Reader
	bytes    []byte // room for random bytes
	unused   []byte // those read and not used yet, a tail of bytes
	expected int    // how many more are wanted, as far as is known
}

// newKeyMaker prepares to draw n keys.
func newKeyMaker(m Mask, n int, rand io.Reader) (keyMaker, error) {
	if err := m.Validate(); err != nil {
		return keyMaker{}, err
	}
	m = m.filled()
	stars := m.Stars()
	// Many keys share reads of 4 KiB, as each one may be a system call. One allocation serves both
	// buffers.
	size := min(n*stars, 4096)
	buffer := make([]byte, len(m.Text)+size)
	text, bytes := buffer[:len(m.Text)], buffer[len(m.Text):]
	copy(text, m.Text)
	return keyMaker{mask: m, stars: stars, text: text, rand: rand, bytes: bytes, expected: n * stars}, nil
}

// freeKey draws keys until one is free, and returns it with its folded form.
func (g *keyMaker) freeKey(free func(folded string) bool) (key, folded string, err error) {
	for range 1 + maxKeyRetries {
		key, err := g.key()
		if err != nil {
			return "", "", err
		}
		if folded := FoldKey(key); free(folded) {
			return key, folded, nil
		}
		if g.stars == 0 {
			return "", "", Refusef(MaskTooSmall, "the key %q is in use already, and the mask has no * to make another", key)
		}
		g.expected += g.stars
	}
	return "", "", Refusef(MaskTooSmall, "no free key was found for the mask %q in %d tries; add more *", g.mask, 1+maxKeyRetries)
}

// key draws one key. It has the length of the mask in bytes as well, since * and the alphabet are
// ASCII.
func (g *keyMaker) key() (string, error) {
	for i := range len(g.text) {
		if g.mask.Text[i] != star {
			continue
		}
		c, err := g.roll()
		if err != nil {
			return "", err
		}
		g.text[i] = c
	}
	return string(g.text), nil
}

// roll draws one character of the alphabet. The 256 values of a byte do not divide evenly among n
// characters; the last 256 mod n of them are thrown away, so that no character is likelier.
func (g *keyMaker) roll() (byte, error) {
	n := len(g.mask.Alphabet)
	limit := 256 - 256%n
	for range maxRolls {
		if len(g.unused) == 0 {
			if err := g.refill(); err != nil {
				return 0, err
			}
		}
		b := int(g.unused[0])
		g.unused = g.unused[1:]
		if b < limit {
			g.expected--
			return g.mask.Alphabet[b%n], nil
		}
	}
	return 0, Wrap(Internal, "no key could be made", errors.New("the source of randomness repeats itself"))
}

// refill reads the bytes that are still wanted, as far as the buffer goes.
func (g *keyMaker) refill() error {
	g.unused = g.bytes[:min(g.expected, len(g.bytes))]
	if _, err := io.ReadFull(g.rand, g.unused); err != nil {
		g.unused = nil
		return Wrap(Internal, "no key could be made", err)
	}
	return nil
}
