package rollup

import (
	"strings"
	"testing"
	"time"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/source"
)

// partyBranches is a kind of fact that report does not count, with members in a dimension without a column. The tests
// write the persons of a branch into its name.
func partyBranches() facts.Source {
	return facts.From(facts.Source{
		Name: "party_branches", Stages: []facts.Stage{facts.Recorded}, Dimensions: []facts.Dimension{facts.Organization, facts.Person},
	}, func(name string, b *orgv1.PartyBranch) ([]facts.Fact, error) {
		f := facts.Fact{Stages: facts.In(facts.Recorded), Organization: strings.Split(name, "/")[1]}
		for _, person := range strings.Fields(b.GetDisplayName()) {
			f.Members = append(f.Members, facts.Member{Dimension: facts.Person, ID: person})
		}
		return []facts.Fact{f}, nil
	})
}

// branches are the figures of partyBranches.
type branches struct{ Branches, Organizations, Persons int64 }

func TestANewKindOfFactIsOneFunction(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		newStore(t, db)
		s := New(db, time.Now, append(source.All(), partyBranches()))
		h := newHistory(1)
		for _, step := range []struct {
			name     string
			revision int64
			persons  string
			want     branches
		}{
			{"organizations/a/partyBranches/1", 1, "wang li", branches{1, 1, 2}},
			{"organizations/a/partyBranches/2", 1, "li zhao", branches{2, 1, 3}},
			{"organizations/b/partyBranches/1", 1, "sun", branches{3, 2, 4}},
			{"organizations/a/partyBranches/1", 2, "li", branches{3, 2, 3}},
			{"organizations/a/partyBranches/2", 2, "", branches{3, 2, 2}},
			{"organizations/a/partyBranches/1", 1, "wang li", branches{3, 2, 2}}, // an older revision once more
			{"organizations/a/partyBranches/1", 3, "li zhao qian", branches{3, 2, 4}},
		} {
			h.append(t, step.name, step.revision, &orgv1.PartyBranch{DisplayName: step.persons})
			if err := s.Apply(t.Context(), Org, h.entries, nil); err != nil {
				t.Fatal(err)
			}
			mustCountBranches(t, s, step.want)
			mustMatchFacts(t, s)
		}
		if err := s.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustCountBranches(t, s, branches{3, 2, 4})
		mustMatchFacts(t, s)
	})
}

func mustCountBranches(t *testing.T, s *Store, want branches) {
	t.Helper()
	v, err := s.View(t.Context(), s.db.Reader(), &actionv1.Campaign{Name: "campaigns/c0"}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	selection := v.selection(facts.Formula{Source: "party_branches"})
	got := branches{Branches: v.total(t.Context(), t, selection).N}
	for d, n := range map[facts.Dimension]*int64{facts.Organization: &got.Organizations, facts.Person: &got.Persons} {
		if *n, err = v.distinct(t.Context(), selection, d); err != nil {
			t.Fatal(err)
		}
	}
	if got != want {
		t.Errorf("party branches = %+v, want %+v", got, want)
	}
}
