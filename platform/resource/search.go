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

// Searched marks a text column that callers find by a part of its text: `display_name:"光明"`. Case, width and punctuation
// make no difference. The kit keeps [text.Grams] of the column in a column beside it, `display_name_grams` TEXT NOT NULL,
// and a part is found through an index over those, which the migration of each engine declares:
//
//   - PostgreSQL: CREATE INDEX … ON t USING gin (string_to_array(display_name_grams, ' '));
//   - SQLite: a table t_display_name_grams of module fts5 with content t, which triggers keep, under the rowid of t, declared
//     as id INTEGER PRIMARY KEY. See the migrations of org.
func (c Column[M]) Searched() Column[M] {
	c.searched = true
	return c
}

// gramsOf is the name of the column that the grams of another are kept in.
func gramsOf(column string) string { return column + "_grams" }

// withGrams adds the columns that searched columns need.
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

// search finds rows by a part of a column's text.
type search struct {
	table, column string // of the grams
}

// manyFound is where reading the rows in the order of the list is faster than looking all of the found rows up, as measured
// over 900,000 rows: a page is then full after some thousand rows.
const manyFound = 3000

// finder makes the condition that rows have a part in their text.
type finder func(s search, part string, args *[]any) (string, error)

// find makes the condition for one list.
func (s *Store[M]) find(ctx context.Context) finder {
	return func(in search, part string, args *[]any) (string, error) {
		grams := text.Grams(part)
		if utf8.RuneCountInString(strings.TrimSpace(grams)) < 2 {
			return in.scanned(s.kit.DB.Engine(), strings.TrimSpace(grams), args), nil
		}
		indexed, argument := in.indexed(s.kit.DB.Engine(), grams)
		count := fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM %s LIMIT %d) AS found", indexed("$1"), manyFound+1)
		found, err := database.One[int64](ctx, s.kit.DB.Reader(), count, argument)
		if err != nil {
			return "", fmt.Errorf("search %s: %w", in.table, err)
		}
		if found > manyFound {
			return in.scanned(s.kit.DB.Engine(), grams, args), nil
		}
		if s.kit.DB.Engine() == database.Postgres {
			within := in.scanned(database.Postgres, grams, args)
			// An array of the names, because a subquery that PostgreSQL can join, it joins in the order of the list.
			return fmt.Sprintf("name = ANY(ARRAY(SELECT name FROM %s AND %s))", indexed(mark(args, argument)), within), nil
		}
		return fmt.Sprintf("name IN (SELECT name FROM %s WHERE id IN (SELECT rowid FROM %s))", in.table, indexed(mark(args, argument))), nil
	}
}

// scanned is the condition that looks at the grams of each row. It also finds a single character.
func (s search) scanned(engine database.Engine, grams string, args *[]any) string {
	position := "instr"
	if engine == database.Postgres {
		position = "strpos"
	}
	return fmt.Sprintf("%s(%s, %s) > 0", position, s.column, mark(args, grams))
}

// indexed is what follows FROM to find the rows through the index, made of the mark of its argument. On PostgreSQL the rows
// have all of the grams, in whatever order.
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
