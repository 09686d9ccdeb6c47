package signing

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// redacted is what every key shows instead of itself.
const redacted = "[redacted]"

// MasterKey is the one secret that lives outside the database, in a file or the environment.
// Everything sealed is sealed under it: whoever loses it loses what is sealed. It does not show
// itself in logs or by fmt.
type MasterKey [32]byte

// String returns "[redacted]".
func (MasterKey) String() string { return redacted }

// Format writes "[redacted]" for every verb.
func (MasterKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (MasterKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes "[redacted]".
func (MasterKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// ParseMasterKey reads 64 hexadecimal digits, or 32 bytes in base64 (standard or URL alphabet, with
// or without padding); blanks and line ends around it are ignored. The error never repeats the text.
func ParseMasterKey(text string) (MasterKey, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return MasterKey{}, errors.New("the master key is empty")
	}
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == len(MasterKey{}) {
		return MasterKey(raw), nil
	}
	bare := strings.TrimSuffix(text, "=")
	if len(bare) == 43 { // So many characters 32 bytes take; other lengths are something else.
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if raw, err := encoding.Strict().DecodeString(bare); err == nil && len(raw) == len(MasterKey{}) {
				return MasterKey(raw), nil
			}
		}
	}
	return MasterKey{}, errors.New("the master key must be 64 hexadecimal digits, or 32 bytes in base64")
}

// LoadMasterKey reads the master key from value, the text of an environment variable, or when that
// is empty from file. Where the file does not exist the error is fs.ErrNotExist, so that a caller
// may go on with [CreateMasterKey].
func LoadMasterKey(value, file string) (MasterKey, error) {
	if strings.TrimSpace(value) != "" {
		key, err := ParseMasterKey(value)
		if err != nil {
			return MasterKey{}, fmt.Errorf("master key in the environment: %w", err)
		}
		return key, nil
	}
	if file == "" {
		return MasterKey{}, fmt.Errorf("no master key: give it in the environment or in a file: %w", fs.ErrNotExist)
	}
	f, err := os.Open(file)
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key: %w", err)
	}
	key, err := ParseMasterKey(string(text))
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key file %s: %w", file, err)
	}
	return key, nil
}

// CreateMasterKey writes a new random master key to path, readable by its owner alone, and
// returns it. It never replaces a file: where there is one the error is fs.ErrExist. When it
// returns, the key is on the disk, name and contents.
//
// The key is written under another name first and then linked to path, which fails where path
// exists. So of two programs that start at once one wins, and nobody, not even after a power cut,
// finds half a key.
func CreateMasterKey(path string) (MasterKey, error) {
	var key MasterKey
	_, _ = rand.Read(key[:]) // It never fails; the program ends instead.
	if err := writeNew(path, hex.EncodeToString(key[:])+"\n"); err != nil {
		return MasterKey{}, fmt.Errorf("create the master key: %w", err)
	}
	return key, nil
}

// writeNew creates path with text and mode 0600, durably, or fails.
func writeNew(path, text string) error {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, filepath.Base(path)+".new-*") // O_EXCL and mode 0600.
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
