package database_test

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/wancun/wancun/platform/database"
)

func TestADatabaseThatSortsTextByALanguageIsRefused(t *testing.T) {
	target, err := url.Parse(postgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	admin, err := pgx.Connect(t.Context(), os.Getenv("WANCUN_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(t.Context()) }()
	name := fmt.Sprintf("language_%d", os.Getpid())
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name+
		" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"); err != nil {
		t.Skipf("this server knows no language: %v", err)
	}
	defer func() { _, _ = admin.Exec(t.Context(), "DROP DATABASE "+name+" WITH (FORCE)") }()
	target.Path = "/" + name
	db, err := database.Open(t.Context(), database.Config{URL: target.String()})
	if err == nil {
		_ = db.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "LOCALE 'C'") {
		t.Errorf("open = %v, want a refusal that says how to create the database", err)
	}
}
