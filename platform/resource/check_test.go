package resource_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
)

// checked compares the kit's tables with its journal in portions of so many names, with or without the keys. It returns
// the differences as text and the number of compared rows.
func (k *kit) checked(portion int, withKeys bool) (differences []string, rows int64) {
	k.Helper()
	c := resource.CheckConfig{DB: k.db, Tables: []resource.Table{
		must(resource.TableOf(needKind()))(k), must(resource.TableOf(organizationKind()))(k),
	}}
	if withKeys {
		c.RowKey, c.PersonalKey = k.deps.RowKey, k.deps.PersonalKey
	}
	check := must(resource.NewCheck(c))(k)
	for {
		p := must(check.Next(k.Context(), portion))(k)
		for _, n := range p.Rows {
			rows += n
		}
		for _, d := range p.Differences {
			differences = append(differences, fmt.Sprintf("%s %s: %s", d.Table, d.Resource, d.Reason))
		}
		if p.Last {
			return differences, rows
		}
	}
}

// history writes 12 needs and changes every third, and writes two organizations, one of them without a contact.
func (k *kit) history() {
	k.Helper()
	for n := range 12 {
		made := k.createNeed(luxi, n+1, int64(n+1))
		if n%3 == 0 {
			must(k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: made.GetName()}, func(m *villagev1.Need) error {
				m.State = villagev1.Need_SUBMITTED
				return nil
			}))(k)
		}
	}
	k.createOrganization(uscc)
	other := k.createOrganization("51430000MJJ509249B")
	must(k.orgs.Erase(province(), &orgv1.EraseOrganizationContactRequest{Name: other.GetName()}))(k)
}

func TestTablesThatTheSuiteWroteFollowFromTheJournal(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		check(t, k.Kit.Close()) // later entries receive no number
		k.history()
		for portion := range 16 {
			if found, rows := k.checked(portion+1, true); len(found) > 0 || rows != 14 {
				t.Errorf("in portions of %d, staged: %d rows, and %q", portion+1, rows, found)
			}
		}
		k.Kit = must(resource.Open(t.Context(), k.deps))(t)
		defer k.Kit.Close() //nolint:errcheck // it only stops
		k.entries()
		for portion := range 16 {
			if found, rows := k.checked(portion+1, true); len(found) > 0 || rows != 14 {
				t.Errorf("in portions of %d, numbered: %d rows, and %q", portion+1, rows, found)
			}
		}
	})
}

func TestAnAlteredRowDoesNotFollowFromTheJournal(t *testing.T) {
	name := needName(luxi, 5)
	for what, statement := range alterations(name, needName(luxi, 6)) {
		t.Run(what, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, k *kit) {
				k.history()
				k.entries()
				k.meddle(statement)
				found, _ := k.checked(3, true)
				if len(found) != 1 || !strings.HasPrefix(found[0], "needs "+name+": ") {
					t.Errorf("found %q, want one difference of %s", found, name)
				}
				if found, _ := k.checked(3, false); len(found) != 1 && !strings.HasSuffix(what, "MAC") {
					t.Errorf("without keys: found %q, want one difference of %s", found, name)
				}
			})
		})
	}
}

func TestRowsThatAreGoneOrPutBackOrPutInAreNamed(t *testing.T) {
	const organization = "organizations/" + uscc
	for what, attack := range map[string]struct {
		do   func(k *kit)
		want string // the expected difference; NAME is replaced by the name of the need
	}{
		"a row that is gone": {
			func(k *kit) { k.meddle("DELETE FROM needs WHERE name = $1", needName(luxi, 4)) },
			"needs NAME: there is no row, and the journal has revision 2",
		},
		"an earlier revision of the row, with its MAC": {
			func(k *kit) {
				// The values come from an earlier copy of the table.
				k.meddle(`UPDATE needs SET (revision, create_us, update_us, body, mac, state) = (SELECT revision, create_us, update_us, body, mac, state
					FROM earlier) WHERE name = $1`, needName(luxi, 4))
			},
			"needs NAME: the row is revision 1, and the newest entry is revision 2",
		},
		"a row that nobody wrote": {
			func(k *kit) {
				k.meddle(`INSERT INTO organizations SELECT 'organizations/51430000MJJ0000999', revision, create_us, update_us, body, personal, mac, uscc, area, TRUE
					FROM organizations WHERE name = $1`, organization)
			},
			"organizations organizations/51430000MJJ0000999: the journal knows nothing of this row",
		},
		"a personal part that is gone": {
			func(k *kit) { k.meddle("UPDATE organizations SET personal = NULL WHERE name = $1", organization) },
			"organizations " + organization + ": the personal part is gone, and no entry erased it",
		},
		"a personal part of another": {
			func(k *kit) {
				k.meddle("UPDATE organizations SET personal = $1 WHERE name = $2", make([]byte, 80), organization)
			},
			"organizations " + organization + ": the personal part cannot be decrypted with the key",
		},
	} {
		t.Run(what, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, k *kit) {
				first := k.createNeed(luxi, 4, 40)
				check(t, k.db.Apply(t.Context(), []database.Statement{{SQL: "CREATE TABLE earlier AS SELECT * FROM needs", Rows: database.AnyRows}}))
				must(k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: first.GetName()}, func(m *villagev1.Need) error {
					m.State = villagev1.Need_SUBMITTED
					return nil
				}))(t)
				k.createNeed(luxi, 2, 1)
				k.createNeed(luxi, 7, 1)
				k.createOrganization(uscc)
				k.entries()
				attack.do(k)
				want := strings.ReplaceAll(attack.want, "NAME", first.GetName())
				for portion := range 6 {
					if found, _ := k.checked(portion+1, true); len(found) != 1 || found[0] != want {
						t.Errorf("in portions of %d: found %q, want %q", portion+1, found, want)
					}
				}
			})
		})
	}
}

func TestAnEntryOfAKindWithoutATableIsNamed(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	k.createNeed(luxi, 1, 7)
	check := must(resource.NewCheck(resource.CheckConfig{DB: k.db, Tables: []resource.Table{must(resource.TableOf(organizationKind()))(t)}}))(t)
	p := must(check.Next(t.Context(), 10))(t)
	if len(p.Differences) != 1 || !strings.Contains(p.Differences[0].Reason, string(proto.MessageName(&villagev1.Need{}))) {
		t.Errorf("found %v, want the need's type", p.Differences)
	}
}
