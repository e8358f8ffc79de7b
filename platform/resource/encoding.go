package resource

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wancun/wancun/platform/journal"
)

// sharedColumns returns the columns that every kind's table has, in the order of [row.Targets]. The declared columns
// follow them.
func sharedColumns() []string {
	return []string{"name", "revision", "create_us", "update_us", "body", "personal", "mac"}
}

// row is a stored resource.
type row struct {
	Name     string
	Revision int64
	CreateUs int64
	UpdateUs int64
	Body     []byte
	Personal []byte
	MAC      []byte
	Columns  []any // values as the driver returns them
}

// Targets implements [database.Scanned].
func (r *row) Targets(columns []string) []any {
	targets := append(make([]any, 0, len(columns)),
		&r.Name, &r.Revision, &r.CreateUs, &r.UpdateUs, &r.Body, &r.Personal, &r.MAC)
	r.Columns = make([]any, len(columns)-len(targets))
	for i := range r.Columns {
		targets = append(targets, &r.Columns[i])
	}
	return targets
}

// encoded holds the parts of a message that are stored.
type encoded struct {
	body   []byte
	sealed []byte // nil without personal fields
	digest []byte

	acknowledged []string // codes of the acknowledged questions about it
	likeness     string   // as stored; "" if the kind has none
}

// encode serializes m once, so that the row and the journal hold the same bytes. It leaves out personal fields, the
// etag and the times of the row. It clears the etag and the times in m; stamp sets them again. If the personal fields
// have not changed, it keeps the sealed part before, so that the salt stays the one of the journal's digest.
func (s *Store[M]) encode(name string, m M, before []byte) (encoded, error) {
	p := m.ProtoReflect()
	if len(s.shape.personal) > 0 {
		p = proto.CloneOf(m).ProtoReflect()
	}
	p.Clear(s.shape.etag)
	p.Clear(s.shape.createTime)
	p.Clear(s.shape.updateTime)
	var e encoded
	if len(s.shape.personal) > 0 {
		fields, err := s.shape.splitPersonal(p)
		if err != nil {
			return encoded{}, err
		}
		if e.sealed, e.digest, err = s.kit.reseal(name, fields, before); err != nil {
			return encoded{}, err
		}
	}
	var err error
	if e.body, err = proto.Marshal(p.Interface()); err != nil {
		return encoded{}, fmt.Errorf("serialize %s: %w", name, err)
	}
	return e, nil
}

func (k *Kit) reseal(name string, fields, before []byte) (sealed, digest []byte, err error) {
	if fields == nil {
		return nil, nil, nil
	}
	if before != nil {
		old, digest, err := k.vault.open(name, before)
		if err != nil {
			return nil, nil, err
		}
		if string(old) == string(fields) {
			return before, digest, nil
		}
	}
	return k.vault.seal(name, fields)
}

func (s *Store[M]) entry(name string, revision int64, e encoded, reason string) journal.Entry {
	return journal.Entry{
		Resource: name, Revision: revision, PersonalDigest: e.digest, Reason: reason, Acknowledged: e.acknowledged,
		Body: &anypb.Any{TypeUrl: s.shape.typeURL, Value: e.body},
	}
}

// values returns a row's values in the order of s.into. Its name, revision and times come first.
func (s *Store[M]) values(name string, revision int64, created, updated time.Time, m M, e encoded) []any {
	return append(s.shared(name, revision, created, updated, e), s.declared(m, e)...)
}

// shared returns the values of the columns that all kinds have.
func (s *Store[M]) shared(name string, revision int64, created, updated time.Time, e encoded) []any {
	r := row{
		Name: name, Revision: revision, CreateUs: created.UnixMicro(), UpdateUs: updated.UnixMicro(),
		Body: e.body, Personal: e.sealed,
	}
	v := make([]any, 0, len(sharedColumns())+len(s.kind.Columns))
	return append(v, name, revision, r.CreateUs, r.UpdateUs, e.body, nullable(e.sealed), s.kit.rows.of(s.kind.Table, &r))
}

// declared returns the values of the declared columns.
func (s *Store[M]) declared(m M, e encoded) []any {
	v := make([]any, 0, len(s.kind.Columns))
	for _, c := range s.kind.Columns {
		if c.likeness {
			v = append(v, e.likeness)
			continue
		}
		v = append(v, c.value(m))
	}
	return v
}

// nullable returns nil for absent bytes, so that they are NULL on both engines.
func nullable(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// version is a stored resource as loaded: the message with its personal fields, and what a write needs of the row.
type version[M proto.Message] struct {
	message  M
	revision int64
	created  time.Time
	sealed   []byte // the personal part as stored; nil if there is none
	likeness string // as stored; "" if the kind has none
}

// decode returns the message of a row with personal fields, times and etag. It returns DATA_LOSS for a row that the
// suite did not write like this.
func (s *Store[M]) decode(r *row) (version[M], error) {
	if !s.kit.rows.fits(s.kind.Table, r) {
		return version[M]{}, s.kit.altered(s.kind.Table, r.Name, "its MAC is not that of its content")
	}
	m, err := s.bodyOf(r)
	if err != nil {
		return version[M]{}, err
	}
	if r.Personal != nil {
		fields, _, err := s.kit.vault.open(r.Name, r.Personal)
		if err != nil {
			return version[M]{}, err
		}
		if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(fields, m); err != nil {
			return version[M]{}, fmt.Errorf("decode personal part of %s: %w", r.Name, err)
		}
	}
	created := s.stampRow(m, r)
	if c := s.departed(r, m); c != "" {
		return version[M]{}, s.kit.altered(s.kind.Table, r.Name, "column "+c+" does not follow from its body")
	}
	v := version[M]{message: m, revision: r.Revision, created: created, sealed: r.Personal}
	if s.kind.Likeness != nil {
		v.likeness, _ = r.Columns[len(r.Columns)-1].(string)
	}
	return v, nil
}

// bodyOf returns the message in a row's body, without personal fields, times and etag.
func (s *Store[M]) bodyOf(r *row) (M, error) {
	m := s.fresh()
	if err := proto.Unmarshal(r.Body, m); err != nil {
		return s.none(), fmt.Errorf("decode %s: %w", r.Name, err)
	}
	return m, nil
}

// departed returns the first column of a row that does not have the value that the kind derives from the message, "" if
// there is none.
func (s *Store[M]) departed(r *row, m M) string {
	for i, c := range s.settled {
		written := c.value(m)
		if l, ok := written.(string); ok && c.likeness && l != "" && sameColumn(r.Columns[i], beside(l, r.Name)) {
			continue
		}
		if !sameColumn(r.Columns[i], written) {
			return c.name
		}
	}
	return ""
}

// sameColumn compares a column as the driver returned it with the value that was written.
func sameColumn(stored, written any) bool {
	switch v := stored.(type) {
	case string:
		return written == any(v)
	case int64:
		if b, ok := written.(bool); ok { // an engine without booleans
			return v == 0 && !b || v == 1 && b
		}
		return written == any(v)
	case bool:
		return written == any(v)
	default:
		return false // columns have no other types
	}
}

// stamp sets the fields that are stored in the row and not in the body.
func (s *Store[M]) stamp(m M, name string, revision int64, created, updated time.Time) {
	p := m.ProtoReflect()
	p.Set(s.shape.name, protoreflect.ValueOfString(name))
	p.Set(s.shape.etag, protoreflect.ValueOfString(etagOf(revision)))
	p.Set(s.shape.createTime, protoreflect.ValueOfMessage(timestamppb.New(created).ProtoReflect()))
	p.Set(s.shape.updateTime, protoreflect.ValueOfMessage(timestamppb.New(updated).ProtoReflect()))
}

// stampRow is stamp for a stored row. It returns the creation time.
func (s *Store[M]) stampRow(m M, r *row) time.Time {
	created := time.UnixMicro(r.CreateUs).UTC()
	s.stamp(m, r.Name, r.Revision, created, time.UnixMicro(r.UpdateUs).UTC())
	return created
}

// etagOf returns the etag of a revision. It is opaque to callers and changes with every revision.
func etagOf(revision int64) string { return "r" + strconv.FormatInt(revision, 10) }

// revisionOf returns the revision of an etag of this store.
func revisionOf(etag string) (int64, bool) {
	digits, ok := strings.CutPrefix(etag, "r")
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, ok && err == nil
}
