package resource

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const saltSize = 16

// vault encrypts the personal part of a resource: salt || serialized personal fields, with AES-256-GCM. The name of the
// resource is authenticated with it, so that the part cannot be moved to another row. The journal holds its digest,
// SHA-256(salt || fields). When the part is deleted, the salt is deleted too, and the digest reveals nothing.
type vault struct {
	aead   cipher.AEAD
	random io.Reader
}

func newVault(key []byte, random io.Reader) (*vault, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("personal key has %d bytes, want 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use personal key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("use personal key: %w", err)
	}
	return &vault{aead: aead, random: random}, nil
}

// seal encrypts fields and returns the sealed part with its digest.
func (v *vault) seal(name string, fields []byte) (sealed, digest []byte, err error) {
	fresh := make([]byte, v.aead.NonceSize()+saltSize)
	if _, err := io.ReadFull(v.random, fresh); err != nil {
		return nil, nil, fmt.Errorf("draw salt: %w", err)
	}
	nonce, salt := fresh[:v.aead.NonceSize()], fresh[v.aead.NonceSize():]
	plain := append(append([]byte{}, salt...), fields...)
	sum := sha256.Sum256(plain)
	return v.aead.Seal(append([]byte{}, nonce...), nonce, plain, []byte(name)), sum[:], nil
}

// open decrypts a sealed part and returns the serialized fields with the digest.
func (v *vault) open(name string, sealed []byte) (fields, digest []byte, err error) {
	if len(sealed) < v.aead.NonceSize()+saltSize {
		return nil, nil, errors.New("personal part is too short")
	}
	n := v.aead.NonceSize()
	plain, err := v.aead.Open(nil, sealed[:n], sealed[n:], []byte(name))
	if err != nil {
		return nil, nil, fmt.Errorf("decrypt personal part of %s: %w", name, err)
	}
	sum := sha256.Sum256(plain)
	return plain[saltSize:], sum[:], nil
}

// splitPersonal removes the personal fields from m and returns them serialized, nil if none is set.
func (s *shape) splitPersonal(m protoreflect.Message) ([]byte, error) {
	apart := m.New()
	for _, p := range s.personal {
		if m.Has(p.field) {
			apart.Set(p.field, m.Get(p.field))
			m.Clear(p.field)
		}
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(apart.Interface())
	if err != nil {
		return nil, fmt.Errorf("serialize personal fields: %w", err)
	}
	if len(b) == 0 {
		return nil, nil
	}
	return b, nil
}
