package resource

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
)

// Difference is a row, or a missing row, that does not match the journal.
type Difference struct {
	// Table is the SQL table; "" if no table holds the kind of the entry.
	Table string
	// Resource is the name of the row.
	Resource string
	// Reason is a clause for people.
	Reason string
}

// CheckConfig configures what is compared. The keys may be missing: without RowKey the MACs are not checked, and
// without PersonalKey the contents of the personal parts are not.
type CheckConfig struct {
	// DB holds the tables and the journal. It is only read.
	DB *database.DB
	// Tables are the tables of all kinds in the journal.
	Tables []Table
	// RowKey and PersonalKey are the keys of [Deps], or nil.
	RowKey, PersonalKey []byte
}

// Check compares the rows of tables with the newest entries of their journal, including entries without a number. It
// finds rows that differ, rows without an entry and entries without a row. It reads the names in portions, each in one
// snapshot of the database, so that it can pause and the service can write meanwhile. Package verify checks the journal
// itself.
type Check struct {
	db     *database.DB
	tables []tableOf
	byType map[string]tableOf
	keys   checkKeys
	after  string // the last compared name
	counts countCheck
}

// NewCheck returns a check that begins before the first row.
func NewCheck(c CheckConfig) (*Check, error) {
	k := &Check{db: c.DB, byType: map[string]tableOf{}}
	for _, t := range c.Tables {
		k.tables = append(k.tables, t.of)
		k.byType[t.of.typeURL()] = t.of
	}
	var err error
	if len(c.RowKey) > 0 {
		if k.keys.rows, err = newRowMAC(c.RowKey); err != nil {
			return nil, fmt.Errorf("check tables: %w", err)
		}
	}
	if len(c.PersonalKey) > 0 {
		if k.keys.vault, err = newVault(c.PersonalKey, nil); err != nil {
			return nil, fmt.Errorf("check tables: %w", err)
		}
	}
	return k, nil
}

// Portion is the result of one step of a check.
type Portion struct {
	// Rows are the numbers of compared rows, by table.
	Rows map[string]int64
	// Differences are ordered by name.
	Differences []Difference
	// Last reports that nothing is left. The next portion begins again at the first row.
	Last bool
}

// Next compares the rows and entries of about n more names. After the last name it checks the rules over several rows.
func (k *Check) Next(ctx context.Context, n int) (Portion, error) {
	if k.counts.due {
		p, err := k.counts.next(ctx, k, n)
		if err != nil {
			return Portion{}, fmt.Errorf("check rules over several rows: %w", err)
		}
		return p, nil
	}
	var p Portion
	var next string
	err := k.db.SnapshotApart(ctx, func(ctx context.Context, q database.Querier) error {
		s := &step{check: k, found: Portion{Rows: map[string]int64{}}}
		if err := s.load(ctx, q, n); err != nil {
			return err
		}
		s.compare()
		p, next = s.found, s.until
		k.counts.due = !s.bounded && k.together()
		p.Last = !s.bounded && !k.counts.due
		return nil
	})
	if err != nil {
		return Portion{}, fmt.Errorf("check tables: %w", err)
	}
	k.after = next
	return p, nil
}

// portion is the number of names that Run compares at once.
const portion = 1000

// Run compares everything, beginning with the first name. It calls pause between portions and returns the error of
// pause if there is one. A nil pause disables pauses.
func (k *Check) Run(ctx context.Context, pause func(context.Context) error) (rows map[string]int64, differences []Difference, err error) {
	k.after, k.counts, rows = "", countCheck{}, map[string]int64{}
	for {
		p, err := k.Next(ctx, portion)
		if err != nil {
			return nil, nil, err
		}
		for table, n := range p.Rows {
			rows[table] += n
		}
		differences = append(differences, p.Differences...)
		if p.Last {
			return rows, differences, nil
		}
		if pause == nil {
			continue
		}
		if err := pause(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// step is the comparison of one portion.
type step struct {
	check   *Check
	entries []journal.Latest
	rows    [][]row // by table
	until   string  // the last name of the portion, if it is bounded
	bounded bool
	found   Portion
}

// load reads the next names of the journal and of each table. Each is read up to a limit, so the portion ends at the
// smallest of the last names read.
func (s *step) load(ctx context.Context, q database.Querier, n int) (err error) {
	if s.entries, err = journal.ReadLatest(ctx, q, s.check.after, n); err != nil {
		return err
	}
	if len(s.entries) >= n {
		s.bound(s.entries[len(s.entries)-1].Resource)
	}
	for _, t := range s.check.tables {
		rows, err := t.rows(ctx, q, s.check.after, n)
		if err != nil {
			return err
		}
		if len(rows) >= n {
			s.bound(rows[len(rows)-1].Name)
		}
		s.rows = append(s.rows, rows)
	}
	return nil
}

func (s *step) bound(name string) {
	if !s.bounded || name < s.until {
		s.until, s.bounded = name, true
	}
}

func (s *step) within(name string) bool { return !s.bounded || name <= s.until }

// compare compares the entries in the order of their names with the rows.
func (s *step) compare() {
	for _, e := range s.entries {
		if !s.within(e.Resource) {
			break
		}
		s.compareEntry(e)
	}
	for i := range s.check.tables {
		s.extra(i, s.within)
	}
}

func (s *step) compareEntry(e journal.Latest) {
	newest, first := &journalv1.Record{}, (*journalv1.Record)(nil)
	if err := proto.Unmarshal(e.Record, newest); err != nil {
		s.differ("", e.Resource, "its newest entry cannot be read")
		return
	}
	if e.First != nil {
		first = &journalv1.Record{}
		if err := proto.Unmarshal(e.First, first); err != nil {
			first = nil // the check of the journal reports it
		}
	}
	if s.check.byType[newest.GetBody().GetTypeUrl()] == nil {
		s.differ("", e.Resource, fmt.Sprintf("no table holds what its entry calls %q", newest.GetBody().GetTypeUrl()))
	}
	for i, t := range s.check.tables {
		s.extra(i, func(name string) bool { return name < e.Resource })
		rows := s.rows[i]
		there := len(rows) > 0 && rows[0].Name == e.Resource
		meant := t.typeURL() == newest.GetBody().GetTypeUrl()
		switch {
		case there && meant:
			s.found.Rows[t.tableName()]++
			if why := t.differs(s.check.keys, &rows[0], newest, first); why != "" {
				s.differ(t.tableName(), e.Resource, why)
			}
			s.rows[i] = rows[1:]
		case meant:
			s.differ(t.tableName(), e.Resource, fmt.Sprintf("there is no row, and the journal has revision %d", newest.GetRevision()))
		}
	}
}

// extra reports the next rows of a table while of returns true for their names. They have no entry.
func (s *step) extra(table int, of func(name string) bool) {
	for len(s.rows[table]) > 0 && of(s.rows[table][0].Name) {
		name := s.check.tables[table].tableName()
		s.found.Rows[name]++
		s.differ(name, s.rows[table][0].Name, "the journal knows nothing of this row")
		s.rows[table] = s.rows[table][1:]
	}
}

func (s *step) differ(table, resource, reason string) {
	s.found.Differences = append(s.found.Differences, Difference{Table: table, Resource: resource, Reason: reason})
}
