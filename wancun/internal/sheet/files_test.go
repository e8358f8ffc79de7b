package sheet_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wancun/wancun/wancun/internal/sheet"
)

// manual is the path of the users' manual of files.
const manual = "../../../docs/files.md"

var kinds = []sheet.Kind{sheet.Divisions, sheet.Villages, sheet.Organizations, sheet.Needs, sheet.Deliveries, sheet.Statements}

// described reads the manual's rows, by kind and column: other headings, whether it is required, and its content.
func described(t *testing.T) map[sheet.Kind]map[string][]string {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	all := map[sheet.Kind]map[string][]string{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(section, "\n")
		rows := map[string][]string{}
		for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|([^|]*)\\| (yes|no) \\| (.*) \\|$").FindAllStringSubmatch(body, -1) {
			rows[row[1]] = []string{strings.TrimSpace(row[2]), row[3], row[4]}
		}
		all[sheet.Kind(strings.ToLower(title))] = rows
	}
	return all
}

func TestTheManualDescribesEveryColumn(t *testing.T) {
	all := described(t)
	for _, kind := range kinds {
		rows := all[kind]
		for _, c := range kind.Columns() {
			row := rows[c.Name]
			if row == nil {
				t.Errorf("docs/files.md has no column %s of %s", c.Name, kind)
				continue
			}
			delete(rows, c.Name)
			if row[0] != strings.Join(c.Aliases, ", ") {
				t.Errorf("%s of %s is also known as %q; docs/files.md says %q", c.Name, kind, c.Aliases, row[0])
			}
			if (row[1] == "yes") != c.Required {
				t.Errorf("%s of %s is required: %t; docs/files.md says %s", c.Name, kind, c.Required, row[1])
			}
			words := regexp.MustCompile(`[;:,.] ?| `).Split(row[2], -1)
			for _, w := range c.Words {
				if !slices.Contains(words, w) {
					t.Errorf("%s of %s may be %s; docs/files.md does not say so", c.Name, kind, w)
				}
			}
		}
		for name := range rows {
			t.Errorf("docs/files.md has a column %s of %s, which there is not", name, kind)
		}
	}
}

func TestTheManualNamesTheFlagsAndTheLimitOfEveryKind(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		row := regexp.MustCompile(`(?m)^\| ` + string(kind) + ` \|[^|]*\|([^|]*)\|([^|]*)\|$`).FindStringSubmatch(string(text))
		if row == nil {
			t.Errorf("docs/files.md does not list %s", kind)
			continue
		}
		if words, want := regexp.MustCompile(`--[a-z-]+`).FindAllString(row[1], -1), kind.Flags(); !slices.Equal(words, want) {
			t.Errorf("docs/files.md says that %s need %q; they need %q", kind, words, want)
		}
		if want := fmt.Sprintf(" %d,000 rows ", kind.MaxRows()/1000); row[2] != want {
			t.Errorf("docs/files.md says that %s have at most%s; it is%s", kind, row[2], want)
		}
	}
}
