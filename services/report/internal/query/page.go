package query

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/page"
)

// paged is a request for a page.
type paged interface {
	proto.Message
	GetParent() string
	GetPageSize() int32
	GetPageToken() string
}

// mark is the content of a page token: the number of rows before the page, and the hash of all rows.
type mark struct {
	before uint64
	rows   [32]byte
}

// cut returns the page of rows that a request names, and the token of the next page, "" on the last. Rows that changed
// since the page of the token are refused.
func cut[T proto.Message](pages *page.Sealer, r paged, rows []T) ([]T, string, error) {
	digest, err := digestOf(r)
	if err != nil {
		return nil, "", err
	}
	now, err := hashOf(rows)
	if err != nil {
		return nil, "", err
	}
	from, err := markOf(pages, digest, r.GetPageToken())
	if err != nil {
		return nil, "", err
	}
	if from != (mark{}) && from.rows != now {
		return nil, "", fault.Aborted(r.GetParent(), "FIGURE_CHANGED", "%s has changed since the first page; start again", r.GetParent())
	}
	rest := rows[min(from.before, uint64(len(rows))):]
	this := rest[:min(page.Size(r.GetPageSize()), len(rest))]
	if len(this) == len(rest) {
		return this, "", nil
	}
	next := binary.BigEndian.AppendUint64(nil, from.before+uint64(len(this)))
	return this, pages.Seal(digest, append(next, now[:]...)), nil
}

// markOf opens a page token. It returns the zero mark if there is none.
func markOf(pages *page.Sealer, digest [32]byte, token string) (m mark, err error) {
	if token == "" {
		return m, nil
	}
	cursor, err := pages.Open(digest, token)
	if err != nil {
		return m, err
	}
	if len(cursor) != 8+len(m.rows) {
		return m, page.Refused()
	}
	m.before = binary.BigEndian.Uint64(cursor)
	copy(m.rows[:], cursor[8:])
	return m, nil
}

// digestOf identifies a request without its page.
func digestOf(r proto.Message) ([32]byte, error) {
	m := proto.Clone(r).ProtoReflect()
	for _, name := range []protoreflect.Name{"page_size", "page_token"} {
		m.Clear(m.Descriptor().Fields().ByName(name))
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.Interface())
	if err != nil {
		return [32]byte{}, fmt.Errorf("digest request: %w", err)
	}
	return sha256.Sum256(append([]byte(m.Descriptor().Name()+"\x00"), b...)), nil
}

func hashOf[T proto.Message](rows []T) (sum [32]byte, err error) {
	var all []byte
	for _, row := range rows {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(row)
		if err != nil {
			return sum, fmt.Errorf("digest rows: %w", err)
		}
		all = append(binary.AppendUvarint(all, uint64(len(b))), b...)
	}
	return sha256.Sum256(all), nil
}
