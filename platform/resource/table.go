package resource

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
)

// Table is a kind for code that reads its rows without a Store: [Check].
type Table struct{ of tableOf }

// TableOf returns the table of a kind. It returns an error as NewStore does if the message does not match the
// declaration.
func TableOf[M proto.Message](kind Kind[M]) (Table, error) {
	s, err := bare(kind)
	if err != nil {
		return Table{}, fmt.Errorf("declare %s: %w", kind.Table, err)
	}
	return Table{s}, nil
}

// String returns the name of the SQL table.
func (t Table) String() string { return t.of.tableName() }

// tableOf is the part of a Store that does not depend on the type of the message.
type tableOf interface {
	tableName() string
	typeURL() string
	// rows loads n rows after a name, ordered by name.
	rows(ctx context.Context, q database.Querier, after string, n int) ([]row, error)
	// beyond loads n rows after a name whose revision has no numbered entry, ordered by name.
	beyond(ctx context.Context, q database.Querier, after string, n int) ([]row, error)
	// differs returns how a row differs from the newest and the first record of its name, "" if it does not.
	differs(k checkKeys, r *row, newest, first *journalv1.Record) string
	// keyColumns returns the columns with a unique index.
	keyColumns() []string
	// counterRules returns the rules by which rows take quantities or give them.
	counterRules() []string
}

// checkKeys are the keys of a check; a key that is missing is nil.
type checkKeys struct {
	rows  *rowMAC
	vault *vault
}

func (s *Store[M]) tableName() string { return s.kind.Table }

func (s *Store[M]) typeURL() string { return s.shape.typeURL }

func (s *Store[M]) keyColumns() []string {
	var all []string
	for _, k := range s.kind.keys() {
		all = append(all, k.column)
	}
	return all
}

func (s *Store[M]) counterRules() []string {
	var all []string
	for _, r := range s.kind.Reserves {
		all = append(all, r.Rule)
	}
	return all
}

func (s *Store[M]) rows(ctx context.Context, q database.Querier, after string, n int) ([]row, error) {
	found, err := database.All[row](ctx, q, s.selectRows+" WHERE name > $1 ORDER BY name LIMIT "+strconv.Itoa(n), after)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", s.kind.Table, err)
	}
	return found, nil
}

func (s *Store[M]) beyond(ctx context.Context, q database.Querier, after string, n int) ([]row, error) {
	found, err := database.All[row](ctx, q, fmt.Sprintf(`%s WHERE name > $1 AND NOT EXISTS (
		SELECT 1 FROM journal_entries AS e WHERE e.resource = %s.name AND e.revision = %[2]s.revision) ORDER BY name LIMIT %d`,
		s.selectRows, s.kind.Table, n), after)
	if err != nil {
		return nil, fmt.Errorf("compare %s with the log: %w", s.kind.Table, err)
	}
	return found, nil
}

func (s *Store[M]) differs(k checkKeys, r *row, newest, first *journalv1.Record) string {
	switch {
	case r.Revision != newest.GetRevision():
		return fmt.Sprintf("the row is revision %d, and the newest entry is revision %d", r.Revision, newest.GetRevision())
	case !bytes.Equal(r.Body, newest.GetBody().GetValue()):
		return fmt.Sprintf("the body is not that of revision %d in the journal", r.Revision)
	case r.UpdateUs != newest.GetTime().AsTime().UnixMicro():
		return "the time of the last change is not that of the entry"
	case first != nil && r.CreateUs != first.GetTime().AsTime().UnixMicro():
		return "the time of creation is not that of the first entry"
	}
	if why := personalDiffers(k.vault, r, newest.GetPersonalDigest()); why != "" {
		return why
	}
	m, err := s.bodyOf(r)
	if err != nil {
		return "the body cannot be read"
	}
	s.stampRow(m, r)
	if c := s.departed(r, m); c != "" {
		return fmt.Sprintf("the column %s does not follow from the body", c)
	}
	if k.rows != nil && !k.rows.fits(s.kind.Table, r) {
		return "the MAC is not that of the row"
	}
	return ""
}

// personalDiffers compares the personal part of a row with its digest. v is nil if its key is missing.
func personalDiffers(v *vault, r *row, digest []byte) string {
	switch {
	case r.Personal == nil && len(digest) == 0:
		return ""
	case r.Personal == nil:
		return "the personal part is gone, and no entry erased it"
	case len(digest) == 0:
		return "there is a personal part, and the entry has none"
	case v == nil:
		return ""
	}
	_, sum, err := v.open(r.Name, r.Personal)
	if err != nil {
		return "the personal part cannot be decrypted with the key"
	}
	if !bytes.Equal(sum, digest) {
		return "the personal part is not that of the entry"
	}
	return ""
}
