package issuer

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const pemType = "PRIVATE KEY"

// LoadKeys reads the signing keys of a PEM file (PKCS #8, Ed25519). If the file does not exist, it creates it with one
// key made from random, with mode 0600. The first key signs; all keys verify. To rotate a key, put a new one before it,
// and remove the old one when its last token has expired. A file that all users can read is refused.
func LoadKeys(path string, random io.Reader) ([]ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = createKeys(path, random)
	}
	if err != nil {
		return nil, fmt.Errorf("load signing keys: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("load signing keys: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 {
		return nil, fmt.Errorf("load signing keys: %s is open to everybody (%v); chmod 600 it", path, mode)
	}
	keys, err := ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("load signing keys from %s: %w", path, err)
	}
	return keys, nil
}

// createKeys does not overwrite the file: of two processes that start at once, one creates the file and the other reads
// it.
func createKeys(path string, random io.Reader) ([]byte, error) {
	_, key, err := ed25519.GenerateKey(random)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})
	draft, err := os.CreateTemp(filepath.Dir(path), ".signing-*") // has mode 0600
	if err != nil {
		return nil, err
	}
	_, err = draft.Write(text)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Link(draft.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err = errors.Join(err, os.Remove(draft.Name())); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// ParseKeys reads the signing keys of a PEM text, as [LoadKeys] does for a file.
func ParseKeys(text []byte) ([]ed25519.PrivateKey, error) {
	var keys []ed25519.PrivateKey
	for len(bytes.TrimSpace(text)) > 0 {
		block, rest := pem.Decode(text)
		if block == nil || block.Type != pemType {
			return nil, fmt.Errorf("key %d is not a PEM block %q", len(keys)+1, pemType)
		}
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", len(keys)+1, err)
		}
		key, ok := parsed.(ed25519.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("key %d is a %T, not Ed25519", len(keys)+1, parsed)
		}
		keys, text = append(keys, key), rest
	}
	if len(keys) == 0 {
		return nil, errors.New("no key")
	}
	return keys, nil
}
