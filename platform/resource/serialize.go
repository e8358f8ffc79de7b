package resource

import "github.com/wancun/wancun/platform/database"

const (
	// serialRule is the rule of the counters with which Serialize counts requests. bound is the number of applied
	// requests.
	serialRule = "serialized"

	countRequest = `UPDATE ` + countersTable + ` SET bound = bound + 1 WHERE rule = $1 AND counter = $2 AND bound = $3`
)

// Serialize makes requests that call it with the same name run one after the other: if another of them is applied
// between the call and the write, fn runs again. Call it before fn reads rows that it depends on but does not save.
// Call it once for a name, and with several names in sorted order. It needs the migration [Counters].
func (t *Tx) Serialize(name string) error {
	seen, err := t.kit.Counts(t.ctx, serialRule, name)
	if err != nil {
		return err
	}
	t.serial = append(t.serial,
		database.Statement{SQL: beginCounter, Args: []any{serialRule, name}, Rows: database.AnyRows},
		database.Statement{SQL: countRequest, Args: []any{serialRule, name, seen[name].Bound}, Rows: 1})
	return nil
}
