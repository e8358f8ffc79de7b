package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// macLength is the number of bytes of the MAC in a text.
const macLength = 24

var (
	// ErrMalformed means that a text has not the length or the characters of a secret, as a part of one.
	ErrMalformed = errors.New("the text is no secret")
	// ErrForged means that the service did not make a text.
	ErrForged = errors.New("the secret is not of this service")
)

// Sealer makes the texts of one purpose.
type Sealer struct {
	key []byte
	ids int
}

// New returns the sealer of a purpose, whose texts are for a number of UUIDs. Texts of another purpose are ErrForged.
func New(key []byte, purpose string, ids int) Sealer {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("wancun secret " + purpose))
	return Sealer{m.Sum(nil), ids}
}

// Length is the number of characters of the texts.
func (s Sealer) Length() int { return base64.RawURLEncoding.EncodedLen(16*s.ids + macLength) }

// Seal returns the text for UUIDs. It is the same in every call.
func (s Sealer) Seal(ids ...string) (string, error) {
	var raw []byte
	for _, id := range ids {
		u, err := uuid.Parse(id)
		if err != nil {
			return "", fmt.Errorf("make secret: %w", err)
		}
		raw = append(raw, u[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(append(raw, s.mac(raw)...)), nil
}

// Open returns the UUIDs of a text.
func (s Sealer) Open(text string) ([]string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 16*s.ids+macLength {
		return nil, ErrMalformed
	}
	of, mac := raw[:16*s.ids], raw[16*s.ids:]
	if !hmac.Equal(mac, s.mac(of)) {
		return nil, ErrForged
	}
	ids := make([]string, s.ids)
	for i := range ids {
		ids[i] = uuid.UUID(of[16*i : 16*i+16]).String()
	}
	return ids, nil
}

func (s Sealer) mac(raw []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write(raw)
	return m.Sum(nil)[:macLength]
}
