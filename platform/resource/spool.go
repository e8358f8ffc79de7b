package resource

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/wancun/wancun/platform/fault"
)

// spool stores portions of rows on disk, so that a request of any number of rows needs the memory of one portion. Its
// file is unlinked at once, so that it disappears with the process. The portions are compressed, and encrypted with a
// key that is only in memory, because the rows contain personal data.
type spool struct {
	file     *os.File
	aead     cipher.AEAD
	portions uint64
	size     int64
}

func newSpool(random io.Reader) (*spool, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("draw key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	file, err := os.CreateTemp("", "wancun-rows-*")
	if err != nil {
		return nil, spoolFailed(err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(spoolFailed(err), file.Close())
	}
	return &spool{file: file, aead: aead}, nil
}

// spoolFailed returns the error for a failure of the disk with temporary files.
func spoolFailed(err error) error {
	return fault.Unavailable("SPOOL_UNAVAILABLE", time.Second, fmt.Errorf("keep rows in a temporary file: %w", err))
}

func (s *spool) close() error { return s.file.Close() }

// nonce returns a nonce that is used for one portion only.
func (s *spool) nonce(portion uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, s.aead.NonceSize()-8, s.aead.NonceSize()), portion)
}

// put appends a portion.
func (s *spool) put(portion any) error {
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(portion); err != nil {
		return fmt.Errorf("encode rows: %w", err)
	}
	sealed := s.aead.Seal(make([]byte, 8), s.nonce(s.portions), s2.Encode(nil, plain.Bytes()), nil)
	binary.BigEndian.PutUint64(sealed, uint64(len(sealed)-8))
	if _, err := s.file.WriteAt(sealed, s.size); err != nil {
		return spoolFailed(err)
	}
	s.portions, s.size = s.portions+1, s.size+int64(len(sealed))
	return nil
}

// each calls do for all portions in order. decode decodes the portion that put was called with. each may be called
// several times.
func (s *spool) each(do func(decode func(portion any) error) error) error {
	var at int64
	for i := range s.portions {
		var head [8]byte
		if _, err := s.file.ReadAt(head[:], at); err != nil {
			return spoolFailed(err)
		}
		sealed := make([]byte, min(binary.BigEndian.Uint64(head[:]), uint64(s.size)))
		if _, err := s.file.ReadAt(sealed, at+8); err != nil {
			return spoolFailed(err)
		}
		at += 8 + int64(len(sealed))
		packed, err := s.aead.Open(sealed[:0], s.nonce(i), sealed, nil)
		if err != nil {
			return spoolFailed(err)
		}
		plain, err := s2.Decode(nil, packed)
		if err != nil {
			return spoolFailed(err)
		}
		if err := do(func(portion any) error { return gob.NewDecoder(bytes.NewReader(plain)).Decode(portion) }); err != nil {
			return err
		}
	}
	return nil
}
