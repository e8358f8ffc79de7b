package page

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/wancun/wancun/platform/fault"
)

// KeySize is the length of the key of NewSealer, in bytes.
const KeySize = 32

const (
	version = 1 // the first byte of every token; a change of format or derivation takes the next number

	// Cursors are a few column values. A longer token is not one of ours and is refused before it is decoded.
	maxToken = 16 << 10
)

// Strict, so that each token has only one spelling that opens.
var encoding = base64.RawURLEncoding.Strict()

// Sealer seals and opens page tokens. It is safe for concurrent use.
type Sealer struct {
	key []byte
}

// NewSealer takes the suite's page key: KeySize secret random bytes, the same in every replica. A new key invalidates
// all tokens; clients then start their list again.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("page key has %d bytes, want %d", len(key), KeySize)
	}
	return &Sealer{key: slices.Clone(key)}, nil
}

// Seal returns the token from which Open, given the same query, returns the cursor. query is a digest of everything
// that must not change between two pages: the method, the parent, the filter, the order. Two calls never return the
// same token.
func (s *Sealer) Seal(query [32]byte, cursor []byte) string {
	token := s.aead(query).Seal([]byte{version}, nil, cursor, nil)
	return encoding.EncodeToString(token)
}

// Open returns the cursor. A token that was forged, cut, made by another version, under another key or for another
// query is INVALID_ARGUMENT on page_token; the error is the same in all these cases. Do not open the empty token, which
// asks for the first page.
func (s *Sealer) Open(query [32]byte, token string) ([]byte, error) {
	if len(token) > maxToken {
		return nil, Refused()
	}
	sealed, err := encoding.DecodeString(token)
	if err != nil || len(sealed) == 0 || sealed[0] != version {
		return nil, Refused()
	}
	cursor, err := s.aead(query).Open(nil, nil, sealed[1:], nil)
	if err != nil {
		return nil, Refused()
	}
	return cursor, nil
}

// Refused returns the error for a token that is not one of the list's own.
func Refused() error {
	return fault.InvalidOne(fault.Violation{
		Field: "page_token", Reason: "PAGE_TOKEN_INVALID",
		Description: "is not a token of this list; leave it out to start again", Chinese: "不是此列表的分页标记，去掉后可重新开始",
	})
}

// aead derives the query's own key. It binds the token to the query, and keeps the number of random nonces under any
// one key far below the 2³² up to which AES-GCM is safe.
func (s *Sealer) aead(query [32]byte) cipher.AEAD {
	key := must(hkdf.Key(sha256.New, s.key, query[:], "wancun page token v1", KeySize))
	return must(cipher.NewGCMWithRandomNonce(must(aes.NewCipher(key))))
}

// must panics on an error. It is for calls that fail only for a wrong key length, where the length is a constant.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err) //nolint:forbidigo // unreachable
	}
	return v
}
