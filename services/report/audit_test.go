package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// audited returns a stage with some history that its report has applied completely.
func audited(t *testing.T, db *database.DB) *stage {
	t.Helper()
	s := newStage(t, db)
	s.villages.write(t, scope(), &villagev1.Division{Name: "divisions/433124000000", Code: "433124000000", DisplayName: "花垣县"})
	d := operations(1, orgA, luxi, 10)
	s.actions.write(t, campaign(), d, operations(2, orgB, longhui, 20), grant(3, orgB, luxi, 3_700_000))
	d.Quantity, d.State = 11, actionv1.Delivery_CONFIRMED
	villages := s.villages.write(t, scope())
	s.bulletin(t, s.actions.write(t, d, operations(4, orgA, luxi, 5)), villages, register(t, s))
	return s
}

// audit runs an audit and returns its differences as text.
func (s *stage) audit(t *testing.T, portion int32) []string {
	t.Helper()
	o, err := Audit{DB: s.db, Journals: s.journals, Scratch: t.TempDir(), Portion: portion}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.Rows["facts"] < 3 || o.Rows["cells"] == 0 || o.Rows["members"] == 0 || o.Rows["classes"] == 0 || o.Rows["tallies"] == 0 {
		t.Errorf("rows compared: %v", o.Rows)
	}
	var found []string
	for _, d := range o.Differences {
		found = append(found, fmt.Sprintf("%s %s: %s", d.Table, d.Resource, d.Reason))
	}
	return found
}

func TestWhatReportAppliedFollowsFromTheJournals(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := audited(t, db)
		for _, portion := range []int32{1, 2, 3, 100} {
			if found := s.audit(t, portion); len(found) > 0 {
				t.Errorf("in portions of %d: %q", portion, found)
			}
		}
	})
}

func TestAnAuditNamesWhatSomebodyDidToTheFigures(t *testing.T) {
	third := campaignName + "/deliveries/01920000-0000-7000-8000-000000000003"
	cash := facts.Class{Source: "deliveries", Parent: campaignName, Action: "hope", Indicator: "HP04", Measure: facts.Cash}.ID()
	whole := func(d facts.Dimension) int64 {
		return facts.Tally{Slice: "whole", Class: facts.Class{Source: "deliveries", Parent: campaignName}, Stage: facts.Recorded, Dimension: d}.ID()
	}
	row := func(format string, args ...any) string { return fmt.Sprintf(format, args...) }
	const alike = "cells source=deliveries parent=" + campaignName + " action=hope indicator=HP04 measure=1 stage=1"
	const all = "slice=whole dimension=organization source=deliveries parent=" + campaignName + " measure=0 stage=1"
	for what, attack := range map[string]struct {
		statement string
		want      []string // the beginnings of the differences
	}{
		"a cell": {
			row("UPDATE cells SET fen = fen + 100000000000 WHERE place = 0 AND class = %d", cash),
			[]string{alike + " place=0 month=201909: fen is 100003700000, and the facts give 3700000"},
		},
		"a cell that is gone": {
			row("DELETE FROM cells WHERE place = 43 AND class = %d", cash),
			[]string{alike + " place=43 month=201909: it is missing"},
		},
		"a count of organizations": {
			row("UPDATE reaches SET n = 6161 WHERE place = 0 AND tally = %d", whole(facts.Organization)),
			[]string{"reaches " + all + " place=0: n is 6161, and the facts give 2"},
		},
		"a member": {
			row("UPDATE members SET n = 9 WHERE place = 0 AND tally = %d AND member = '%s'", whole(facts.Organization), orgB),
			[]string{"members " + all + " place=0 member=" + orgB + ": n is 9"},
		},
		"what a tally holds": {
			row("DELETE FROM tallies WHERE id = %d", whole(facts.Village)),
			[]string{row("tallies %d: it is missing", whole(facts.Village)), "members ", "reaches "},
		},
		"a class": {
			row("UPDATE classes SET indicator = 'BR03' WHERE id = %d", cash),
			[]string{row("classes %d: its columns are not those of its id", cash), "tallies "},
		},
		"a fact, so that the sums no longer follow either": {
			"UPDATE facts SET fen = 3700001 WHERE name = '" + third + "'",
			[]string{"facts " + third + ": it is not what entry 4 of logs/action says", "cells "},
		},
		"a fact that is gone": {
			"DELETE FROM facts WHERE name = '" + third + "'",
			[]string{"facts " + third + ": it is missing, and entry 4 of logs/action has revision 1", "cells ", "members ", "reaches "},
		},
		"a fact of an older revision": {
			row("UPDATE facts SET until = CASE revision WHEN 1 THEN %d ELSE since END WHERE name = '%s1'", int64(facts.Open), strings.TrimSuffix(third, "3")),
			[]string{"facts " + strings.TrimSuffix(third, "3") + "1: its revision 1 does not hold until the next one", "cells ", "members ", "reaches "},
		},
		"a fact that no entry gives": {
			"INSERT INTO facts SELECT name || '1', revision, part, since + 100, until, class, stages, place, day, last_day, n, quantity, fen, organization, home, village FROM facts WHERE name = '" + third + "'",
			[]string{"facts " + third + "1: logs/action has no entry of it at position 104", "cells ", "members "},
		},
		"where a fact is counted": {
			"UPDATE facts SET home = 430524001201 WHERE name = '" + third + "'",
			[]string{"facts place=433124001201: by the successions, its home is 433124001201 and its village is 433124001201", "cells ", "members ", "reaches "},
		},
		"a campaign": {
			"UPDATE campaigns SET body = CAST('' AS BYTEA)",
			[]string{"campaigns " + campaignName + " 1: it is not what its entry says"},
		},
		"a division's name": {
			"UPDATE divisions SET display_name = '吉首市'",
			[]string{"divisions divisions/433124000000: it is not what its entry says"},
		},
		"a village of a scope": {
			"DELETE FROM facts WHERE place = 430524001201 AND last_day <> 0 AND revision = 2",
			[]string{"facts scopes/poor part=2: it is missing"},
		},
		"a village more in a scope": {
			"INSERT INTO facts SELECT name, revision, part + 3, since, until, class, stages, place + 1, day, last_day, n, quantity, fen, organization, home + 1, village + 1 FROM facts WHERE last_day <> 0",
			[]string{"facts scopes/poor part=5: logs/village has no entry of it at position 1"},
		},
	} {
		t.Run(what, func(t *testing.T) {
			servertest.Engines(t, func(t *testing.T, db *database.DB) {
				s := audited(t, db)
				err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
					_, err := tx.ExecContext(ctx, attack.statement)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, portion := range []int32{2, 100} {
					mustName(t, s.audit(t, portion), attack.want)
				}
			})
		})
	}
}

// mustName checks that each wanted beginning has a difference, and that all differences are in the wanted tables.
func mustName(t *testing.T, found, want []string) {
	t.Helper()
	var tables []string
	for _, w := range want {
		tables = append(tables, strings.Fields(w)[0])
		if !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, w) }) {
			t.Errorf("nothing begins with %q among:\n%s", w, strings.Join(found, "\n"))
		}
	}
	for _, f := range found {
		if !slices.Contains(tables, strings.Fields(f)[0]) {
			t.Errorf("nothing was done that gives %q", f)
		}
	}
}
