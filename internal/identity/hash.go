package identity

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a new hash: argon2id over 19 MiB in 2 passes on one lane.
const (
	hashMemory  = 19 * 1024 // KiB
	hashPasses  = 2
	hashLanes   = 1
	hashSaltLen = 16
	hashKeyLen  = 32
)

// The most that a stored hash may demand. A hash may come from an import or a restored backup, so
// it is not trusted to name its own price.
const (
	maxHashMemory = 64 * 1024 // KiB
	maxHashPasses = 8
	maxHashLanes  = 4
	maxHashWork   = 4 * maxHashMemory // KiB times passes
	maxHashText   = 256               // bytes of the whole text
)

// PasswordHash is an argon2id hash in the PHC form
// "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>". The empty PasswordHash means that the account
// has no password; nothing matches it. Logs do not show it.
type PasswordHash string

// DummyHash is a hash of the current cost that no password matches. Verifying against it, or
// against the empty hash, takes as long as a wrong password does.
const DummyHash PasswordHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// String returns "[redacted]"; string(h) is the text to store.
func (h PasswordHash) String() string { return redacted }

// GoString returns "[redacted]".
func (h PasswordHash) GoString() string { return redacted }

// LogValue is "[redacted]".
func (h PasswordHash) LogValue() slog.Value { return slog.StringValue(redacted) }

// phc is a parsed PasswordHash.
type phc struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
	salt   []byte
	key    []byte
}

// parsePHC reads a hash, and nothing that format would write differently. It refuses costs beyond
// the maxima above.
func parsePHC(h PasswordHash) (phc, bool) {
	if len(h) > maxHashText {
		return phc{}, false
	}
	parts := strings.Split(string(h), "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return phc{}, false
	}
	cost := strings.Split(parts[3], ",")
	if len(cost) != 3 {
		return phc{}, false
	}
	memory, ok1 := parseCost(cost[0], "m=", maxHashMemory)
	passes, ok2 := parseCost(cost[1], "t=", maxHashPasses)
	lanes, ok3 := parseCost(cost[2], "p=", maxHashLanes)
	if !ok1 || !ok2 || !ok3 || memory < 8*lanes || memory*passes > maxHashWork {
		return phc{}, false
	}
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return phc{}, false
	}
	parsed := phc{memory: memory, passes: passes, lanes: uint8(lanes), salt: salt, key: key}
	return parsed, parsed.format() == h
}

// parseCost reads a decimal from 1 to most behind prefix.
func parseCost(text, prefix string, most uint32) (uint32, bool) {
	digits, found := strings.CutPrefix(text, prefix)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), found && err == nil && n >= 1 && n <= uint64(most)
}

func (p phc) format() PasswordHash {
	b64 := base64.RawStdEncoding
	return PasswordHash(fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
		p.memory, p.passes, p.lanes, b64.EncodeToString(p.salt), b64.EncodeToString(p.key)))
}

// weak reports whether the cost is below that of a new hash.
func (p phc) weak(memory uint32) bool {
	return p.memory < memory || p.passes < hashPasses || len(p.salt) < hashSaltLen || len(p.key) < hashKeyLen
}

// HashPassword returns the hash of password with salt, which should be 16 random bytes. It takes
// 19 MiB and tens of milliseconds: request paths go through a [Hasher], which bounds that.
func HashPassword(password string, salt []byte) PasswordHash {
	return hashPassword(password, salt, hashMemory)
}

func hashPassword(password string, salt []byte, memory uint32) PasswordHash {
	key := argon2.IDKey([]byte(password), salt, hashPasses, memory, hashLanes, hashKeyLen)
	return phc{memory: memory, passes: hashPasses, lanes: hashLanes, salt: salt, key: key}.format()
}

// VerifyPassword reports whether password has the hash h, compared in constant time, and whether h
// should be replaced because its cost is below that of a new one. An empty or unreadable hash
// matches nothing and takes as long as [DummyHash].
func VerifyPassword(h PasswordHash, password string) (ok, needsRehash bool) {
	return verifyPassword(h, password, hashMemory)
}

func verifyPassword(h PasswordHash, password string, memory uint32) (ok, needsRehash bool) {
	p, readable := parsePHC(h)
	if !readable {
		p, _ = parsePHC(DummyHash)
		p.memory = memory
	}
	key := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key)))
	ok = subtle.ConstantTimeCompare(key, p.key) == 1 && readable
	return ok, ok && p.weak(memory)
}
