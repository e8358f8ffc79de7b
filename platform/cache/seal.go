package cache

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// A value in the tier is
//
//	version 1 byte | generation 8 bytes | computed at, unix µs, 8 bytes | MAC 32 bytes | data
//
// with integers big-endian. The MAC is HMAC-SHA256 over the head, the cache's name and the key (each with its length)
// and the data. A writer to the tier that does not have the key can cause misses and nothing else.
const (
	version   = 1
	headSize  = 1 + 8 + 8
	minMACKey = 32
)

type sealer struct {
	name string
	key  []byte
}

// cell returns the key in the tier. It contains the format version, so that two versions of the suite can run side by
// side, and a digest of the key, because queries may contain what callers typed.
func (s sealer) cell(key string) string {
	digest := sha256.Sum256([]byte(key))
	return "wancun:" + s.name + ":v1:" + base64.RawURLEncoding.EncodeToString(digest[:])
}

func (s sealer) seal(key string, e entry) []byte {
	value := make([]byte, headSize, headSize+sha256.Size+len(e.Data))
	value[0] = version
	binary.BigEndian.PutUint64(value[1:], uint64(e.Generation))     //nolint:gosec // the same bits
	binary.BigEndian.PutUint64(value[9:], uint64(e.at.UnixMicro())) //nolint:gosec // the same bits
	value = append(value, s.mac(value, key, e.Data)...)
	return append(value, e.Data...)
}

// open returns false for anything but the exact bytes that seal made for this key.
func (s sealer) open(key string, value []byte) (entry, bool) {
	if len(value) < headSize+sha256.Size || value[0] != version {
		return entry{}, false
	}
	head, mac, data := value[:headSize], value[headSize:headSize+sha256.Size], value[headSize+sha256.Size:]
	if !hmac.Equal(mac, s.mac(head, key, data)) {
		return entry{}, false
	}
	return entry{
		Answer: Answer{Generation: int64(binary.BigEndian.Uint64(head[1:])), Data: data}, //nolint:gosec // the same bits
		at:     time.UnixMicro(int64(binary.BigEndian.Uint64(head[9:]))),                 //nolint:gosec // the same bits
	}, true
}

func (s sealer) mac(head []byte, key string, data []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write(head)
	for _, part := range []string{s.name, key} {
		m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		m.Write([]byte(part))
	}
	m.Write(data)
	return m.Sum(nil)
}
