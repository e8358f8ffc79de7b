package rollup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

// lookupChunk is how many names one statement looks up.
const lookupChunk = 100

// applyFacts stores the newest versions of facts and adds what they change to the rollups.
func applyFacts(ctx context.Context, w work, changes []change) error {
	stored, err := storedFacts(ctx, w, changes)
	if err != nil {
		return err
	}
	d := newDelta()
	var rows [][]any
	for _, c := range changes {
		if old, ok := stored[c.name]; ok {
			if old.Revision >= c.revision {
				continue
			}
			d.add(old, -1)
		}
		d.add(*c.fact, 1)
		rows = append(rows, c.fact.values())
	}
	if err := storeFacts(ctx, w, rows); err != nil {
		return err
	}
	return d.write(ctx, w)
}

func storedFacts(ctx context.Context, q database.Querier, changes []change) (map[string]fact, error) {
	out := make(map[string]fact, len(changes))
	query := lookupFacts()
	for part := range slices.Chunk(changes, lookupChunk) {
		names := make([]any, lookupChunk)
		for i := range names { // padded to one length, so that there is one statement to prepare
			names[i] = part[min(i, len(part)-1)].name
		}
		facts, err := database.All[fact](ctx, q, query, names...)
		if err != nil {
			return nil, fmt.Errorf("load facts: %w", err)
		}
		for _, f := range facts {
			out[f.Name] = f
		}
	}
	return out, nil
}

var intoFacts = database.Into("facts", strings.Split(factColumns, ", ")...)

func storeFacts(ctx context.Context, w work, rows [][]any) error {
	columns := strings.Split(factColumns, ", ")
	set := make([]string, len(columns)-1)
	for i, c := range columns[1:] {
		set[i] = c + " = excluded." + c
	}
	return w.put(ctx, intoFacts, rows, " ON CONFLICT (name) DO UPDATE SET "+strings.Join(set, ", "))
}

// lookupFacts selects facts by lookupChunk names.
func lookupFacts() string {
	marks := make([]string, lookupChunk)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	return "SELECT " + factColumns + " FROM facts WHERE name IN (" + strings.Join(marks, ", ") + ")"
}
