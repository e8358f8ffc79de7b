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
)

// audited is a stage with some history, all of which its report has applied.
func audited(t *testing.T, db *database.DB) *stage {
	t.Helper()
	s := newStage(t, db)
	s.villages.write(t, scope(), &villagev1.Division{Name: "divisions/433124000000", Code: "433124000000", DisplayName: "花垣县"})
	d := operations(1, orgA, luxi, 10)
	s.actions.write(t, campaign(), d, operations(2, orgB, longhui, 20), grant(3, orgB, luxi, 3_700_000))
	d.Quantity, d.State = 11, actionv1.Delivery_CONFIRMED
	villages := s.villages.write(t, scope())
	s.bulletin(t, s.actions.write(t, d, operations(4, orgA, luxi, 5)), villages)
	return s
}

// audit makes an audit and returns its differences as text.
func (s *stage) audit(t *testing.T, portion int32) []string {
	t.Helper()
	o, err := Audit{DB: s.db, Journals: s.journals, Scratch: t.TempDir(), Portion: portion}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.Rows["facts"] < 3 || o.Rows["cells"] == 0 || o.Rows["members"] == 0 || o.Rows["scope_members"] == 0 {
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
	for what, attack := range map[string]struct {
		statement string
		want      []string // each begins one difference
	}{
		"a cell": {
			"UPDATE cells SET fen = fen + 100000000000 WHERE division = 0 AND measure = 1",
			[]string{"cells campaign=five-actions-2019 division=0 month=201909 action=hope indicator=HP04 measure=1: fen is 100003700000, and the facts give 3700000"},
		},
		"a cell that is gone": {
			"DELETE FROM cells WHERE division = 43 AND measure = 1",
			[]string{"cells campaign=five-actions-2019 division=43 month=201909 action=hope indicator=HP04 measure=1: it is missing"},
		},
		"a count of organizations": {
			"UPDATE reaches SET organizations = 6161 WHERE division = 0 AND slice = ''",
			[]string{"reaches campaign=five-actions-2019 slice= division=0: organizations is 6161, and the facts give 2"},
		},
		"a member": {
			"UPDATE members SET confirmed_n = 9 WHERE division = 0 AND slice = '' AND member = 'organizations/" + orgB + "'",
			[]string{"members campaign=five-actions-2019 slice= division=0 member=organizations/" + orgB + ": confirmed_n is 9"},
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
			"UPDATE facts SET position = 2, revision = 1, quantity = 10, state = 1 WHERE revision = 2",
			[]string{"facts " + strings.TrimSuffix(third, "3") + "1: it is of entry 2, and entry 5 of logs/action is newer", "cells ", "members ", "reaches "},
		},
		"a fact that no entry gives": {
			"INSERT INTO facts SELECT name || '1', revision, position + 100, campaign, action, indicator, organization, village, day, quantity, measure, fen, state FROM facts WHERE name = '" + third + "'",
			[]string{"facts " + third + "1: logs/action has no entry of it at position 104", "cells ", "members "},
		},
		"a campaign": {
			"UPDATE campaigns SET body = CAST('' AS BYTEA)",
			[]string{"campaigns " + campaignName + ": it is not what the newest entry says"},
		},
		"a division's name": {
			"UPDATE divisions SET display_name = '吉首市'",
			[]string{"divisions divisions/433124000000: it is not what the newest entry says"},
		},
		"a village of a scope": {
			"DELETE FROM scope_members WHERE village = 430524001201",
			[]string{"scope_members scopes/poor 430524001201 20190501: it is missing"},
		},
		"a village more in a scope": {
			"INSERT INTO scope_members VALUES ('scopes/poor', 430524001202, 20190501, 99999999)",
			[]string{"scope_members scopes/poor 430524001202 20190501: no entry gives this row"},
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

// mustName checks that each wanted beginning has a difference, and that only tables that are wanted have any.
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
