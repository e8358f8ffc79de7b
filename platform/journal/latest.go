package journal

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/wancun/wancun/platform/database"
)

// Latest is the newest entry of a resource, numbered or only staged.
type Latest struct {
	// Resource is the name of the resource.
	Resource string
	// Record is the record of the newest entry.
	Record []byte
	// First is the record of the resource's revision 1; nil if there is no such entry.
	First []byte
}

// ReadLatest reads the newest entries of resources, sorted by name: of the first n resources after a name, and of more
// if they are only staged. If it returns fewer than n, there are no more. q should show one state of the database,
// because entries move from staging into the log.
func ReadLatest(ctx context.Context, q database.Querier, after string, n int) ([]Latest, error) {
	found, err := readNumbered(ctx, q, after, n)
	if err != nil {
		return nil, err
	}
	staged, err := readStaged(ctx, q)
	if err != nil {
		return nil, err
	}
	latest := make(map[string]Latest, len(found))
	for _, l := range found {
		latest[l.Resource] = l
	}
	within := func(name string) bool {
		return name > after && (len(found) < n || name <= found[len(found)-1].Resource)
	}
	for _, e := range staged {
		if !within(e.Resource) {
			continue
		}
		l := latest[e.Resource] // the revisions of a resource are staged in order
		l.Resource, l.Record = e.Resource, e.Record
		if e.Revision == 1 {
			l.First = e.Record
		}
		latest[e.Resource] = l
	}
	return slices.SortedFunc(maps.Values(latest), func(a, b Latest) int { return cmp.Compare(a.Resource, b.Resource) }), nil
}

// readStaged reads the entries that are not numbered yet, in the order in which they will be numbered.
func readStaged(ctx context.Context, q database.Querier) ([]entry, error) {
	rows, err := database.All[staging](ctx, q, `SELECT seq, resource, revision, record, entries FROM journal_staging ORDER BY seq`)
	if err != nil {
		return nil, fmt.Errorf("load staged entries: %w", err)
	}
	var entries []entry
	for _, row := range rows {
		if entries, err = row.unpack(entries); err != nil {
			return nil, fmt.Errorf("read staged row %d: %w", row.Seq, err)
		}
	}
	return entries, nil
}

// Staged returns the newest revision of each resource that has entries which are not numbered yet.
func Staged(ctx context.Context, q database.Querier) (map[string]int64, error) {
	entries, err := readStaged(ctx, q)
	if err != nil {
		return nil, err
	}
	revisions := make(map[string]int64, len(entries))
	for _, e := range entries {
		revisions[e.Resource] = max(revisions[e.Resource], e.Revision)
	}
	return revisions, nil
}

// readNumbered is ReadLatest for numbered entries only.
func readNumbered(ctx context.Context, q database.Querier, after string, n int) ([]Latest, error) {
	rows, err := database.All[entry](ctx, q,
		`SELECT e.resource, e.revision, e.record FROM (
		   SELECT resource, MAX(revision) AS revision FROM journal_entries WHERE resource > $1 GROUP BY resource ORDER BY resource LIMIT $2
		 ) AS newest JOIN journal_entries AS e ON e.resource = newest.resource AND (e.revision = newest.revision OR e.revision = 1)
		 ORDER BY e.resource, e.revision`, after, n)
	if err != nil {
		return nil, fmt.Errorf("load newest entries: %w", err)
	}
	var found []Latest
	for _, r := range rows {
		if len(found) == 0 || found[len(found)-1].Resource != r.Resource {
			found = append(found, Latest{Resource: r.Resource})
		}
		l := &found[len(found)-1]
		l.Record = r.Record
		if r.Revision == 1 {
			l.First = r.Record
		}
	}
	return found, nil
}
