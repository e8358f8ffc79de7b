package resource_test

import (
	"errors"
	"testing"

	"github.com/wancun/wancun/platform/resource"
)

func (k *kit) checkLog() error {
	k.Helper()
	return resource.CheckLog(k.Context(), resource.CheckConfig{DB: k.db, RowKey: k.deps.RowKey, Tables: []resource.Table{
		must(resource.TableOf(needKind()))(k), must(resource.TableOf(organizationKind()))(k),
	}})
}

func TestALogIsWholeWhileEveryRowHasItsEntry(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		check(t, k.checkLog())
		check(t, k.Kit.Close()) // later entries receive no number
		k.history()
		check(t, k.checkLog())
		k.Kit = must(resource.Open(t.Context(), k.deps))(t)
		defer k.Kit.Close() //nolint:errcheck // it only stops
		k.entries()
		check(t, k.checkLog())
	})
}

func TestRowsWithoutTheirEntriesTellThatTheLogWasCut(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.history()
		k.entries()
		check(t, k.Kit.Close())
		k.meddle("DELETE FROM journal_entries WHERE resource = $1 AND revision = 2", needName(luxi, 4))
		k.meddle("DELETE FROM journal_entries WHERE resource = $1", needName(luxi, 12))
		var cut *resource.CutError
		if err := k.checkLog(); !errors.As(err, &cut) || cut.Rows != 2 || cut.Resource != needName(luxi, 12) || cut.Revision != 1 || cut.Size != 19 {
			t.Errorf("CheckLog = %v, want two rows beyond 19 entries, the last of them the twelfth", err)
		}
		// A row that the service did not write does not count as cut.
		k.meddle("UPDATE needs SET mac = CAST('' AS BYTEA) WHERE name = $1", needName(luxi, 12))
		if err := k.checkLog(); !errors.As(err, &cut) || cut.Rows != 1 || cut.Resource != needName(luxi, 4) || cut.Revision != 2 {
			t.Errorf("CheckLog = %v, want the fourth alone", err)
		}
	})
}
