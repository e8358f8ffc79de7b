package database_test

import (
	"errors"
	"testing"

	"github.com/wancun/wancun/platform/database"
)

func TestABrokenConstraintIsNamed(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, database.Statement{
			SQL: "CREATE TABLE stocks (name TEXT PRIMARY KEY, n BIGINT NOT NULL, CONSTRAINT stocks_full CHECK (n <= 3))", Rows: database.AnyRows,
		})
		err := db.Apply(t.Context(), []database.Statement{{SQL: "INSERT INTO stocks (name, n) VALUES ('a', 4)", Rows: database.AnyRows}})
		if refused, ok := errors.AsType[*database.CheckError](err); !ok || refused.Constraint != "stocks_full" {
			t.Errorf("apply = %v, want a CheckError of stocks_full", err)
		}
	})
}

func TestAUniqueIndexIsFoundByItsColumn(t *testing.T) {
	for definition, want := range map[string]bool{
		"CREATE UNIQUE INDEX i ON things (k)":                true,
		"CREATE UNIQUE INDEX i ON things (k) WHERE k <> ''":  true,
		"CREATE INDEX i ON things (k)":                       false,
		"CREATE UNIQUE INDEX i ON things (k, name)":          false,
		"CREATE UNIQUE INDEX i ON things (k) WHERE name > k": false,
		"CREATE UNIQUE INDEX i ON things (name)":             false,
	} {
		t.Run(definition, func(t *testing.T) {
			engines(t, func(t *testing.T, db *database.DB) {
				apply(t, db, database.Statement{SQL: "CREATE TABLE things (name TEXT, k TEXT)", Rows: database.AnyRows},
					database.Statement{SQL: definition, Rows: database.AnyRows})
				if got, err := db.HasUniqueIndex(t.Context(), "things", "k"); err != nil || got != want {
					t.Errorf("HasUniqueIndex = %v, %v, want %v", got, err, want)
				}
			})
		})
	}
}
