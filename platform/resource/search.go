package resource

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/text"
)

// Searched marks a text column that callers search by a part of its text: `display_name:"光明"`. Case, width and
// punctuation are ignored. The kit stores [text.Grams] of the column in a second column, `display_name_grams` TEXT NOT
// NULL, and searches through an index on it. The migration of each engine declares the index:
//
//   - PostgreSQL: CREATE INDEX … ON t USING gin (string_to_array(display_name_grams, ' '));
//   - SQLite: a table t_display_name_grams of module fts5 with content t, maintained by triggers, under the rowid of t,
//     which is declared as id INTEGER PRIMARY KEY. See the migrations of org.
func (c Column[M]) Searched() Column[M] {
	c.searched = true
	return c
}

// gramsOf returns the name of the column with the grams of a column.
func gramsOf(column string) string { return column + "_grams" }

// withGrams adds the columns with the grams of searched columns.
func withGrams[M proto.Message](columns []Column[M]) []Column[M] {
	all := columns[:len(columns):len(columns)]
	for _, c := range columns {
		if !c.searched {
			continue
		}
		grams := Text(gramsOf(c.name), func(m M) string { return text.Grams(c.value(m).(string)) })
		grams.arriving = c.arriving
		all = append(all, grams)
	}
	return all
}

// search describes a search for a part of a column's text.
type search struct {
	table, column string // column holds the grams
}

// manyFound is the number of matches above which it is faster to read the rows in the order of the list than to look up
// all matches. It was measured with 900,000 rows: a page is then full after some thousand rows.
const manyFound = 3000

// sampledPages is the number of a table's pages that are read to estimate the number of matches. A larger sample costs
// more than the better estimate saves.
const sampledPages = 100

// finder returns the SQL condition that a column's text contains a part.
type finder func(s search, part string, args *[]any) (string, error)

// find returns the finder of one list.
func (s *Store[M]) find(ctx context.Context) finder {
	return func(in search, part string, args *[]any) (string, error) {
		grams := text.Grams(part)
		if utf8.RuneCountInString(strings.TrimSpace(grams)) < 2 {
			return in.scanned(s.kit.DB.Engine(), strings.TrimSpace(grams), args), nil
		}
		many, err := s.many(ctx, in, grams)
		if err != nil {
			return "", err
		}
		if many {
			return in.scanned(s.kit.DB.Engine(), grams, args), nil
		}
		indexed, argument := in.indexed(s.kit.DB.Engine(), grams)
		if s.kit.DB.Engine() == database.Postgres {
			within := in.scanned(database.Postgres, grams, args)
			// The names are in an array: PostgreSQL could join a subquery, and would then read in the order of the
			// list.
			return fmt.Sprintf("name = ANY(ARRAY(SELECT name FROM %s AND %s))", indexed(mark(args, argument)), within), nil
		}
		return fmt.Sprintf("name IN (SELECT name FROM %s WHERE id IN (SELECT rowid FROM %s))", in.table, indexed(mark(args, argument))), nil
	}
}

// many reports whether a part has more than manyFound matches. SQLite counts them in the index, and stops there.
// PostgreSQL would read all matches of the index before the first row, which takes longer than a page if many names have
// the part, so it estimates the number from random pages of the table. A wrong estimate costs time and changes no
// result.
func (s *Store[M]) many(ctx context.Context, in search, grams string) (bool, error) {
	indexed, argument := in.indexed(s.kit.DB.Engine(), grams)
	query := fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM %s LIMIT %d) AS found", indexed("$1"), manyFound+1)
	if s.kit.DB.Engine() == database.Postgres {
		argument = grams
		query = fmt.Sprintf(`WITH pages AS MATERIALIZED (
				SELECT GREATEST(pg_relation_size('%[1]s'::regclass)::numeric / current_setting('block_size')::numeric, %[3]d) AS n)
			SELECT (COUNT(*) * (SELECT n FROM pages) / %[3]d)::bigint FROM %[1]s
			TABLESAMPLE SYSTEM ((SELECT 100.0 * %[3]d / n FROM pages)) WHERE strpos(%[2]s, $1) > 0`, in.table, in.column, sampledPages)
	}
	found, err := database.One[int64](ctx, s.kit.DB.Reader(), query, argument)
	if err != nil {
		return false, fmt.Errorf("search %s: %w", in.table, err)
	}
	return found > manyFound, nil
}

// scanned returns the condition that examines the grams of each row. It also finds single characters.
func (s search) scanned(engine database.Engine, grams string, args *[]any) string {
	position := "instr"
	if engine == database.Postgres {
		position = "strpos"
	}
	return fmt.Sprintf("%s(%s, %s) > 0", position, s.column, mark(args, grams))
}

// indexed returns what follows FROM to find the rows through the index, as a function of the placeholder of its
// argument. On PostgreSQL the rows found contain all grams, in any order.
func (s search) indexed(engine database.Engine, grams string) (from func(mark string) string, argument any) {
	if engine == database.Postgres {
		return func(mark string) string {
			return fmt.Sprintf("%s WHERE string_to_array(%s, ' ') @> string_to_array(%s, ' ')", s.table, s.column, mark)
		}, strings.TrimSpace(grams)
	}
	module := s.table + "_" + s.column
	return func(mark string) string {
		return fmt.Sprintf("%[1]s WHERE %[1]s MATCH %[2]s", module, mark)
	}, `"` + strings.TrimSpace(grams) + `"`
}
