package servertest

import (
	"crypto/rand"
	"crypto/sha256"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
)

// Open migrates the database of d, opens a declared service on it, and closes it when the test ends. A second service on
// the same database is a replica of the first.
func Open[P any](tb testing.TB, s service.Service[P], d resource.Deps, peers P) *resource.Kit {
	tb.Helper()
	if err := s.Migrate(tb.Context(), d.DB); err != nil {
		tb.Fatalf("migrate: %v", err)
	}
	if err := s.CheckSchema(tb.Context(), d.DB); err != nil {
		tb.Fatalf("check schema: %v", err)
	}
	k, err := s.Open(tb.Context(), d, peers)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := k.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return k
}

// Deps returns what a service needs to open, with the journal of that name: keys that are the same in each call, the
// real clock, random ids, and a logger to the output of the test. The test replaces what it controls itself, such as
// the clock.
func Deps(tb testing.TB, log string, db *database.DB) resource.Deps {
	tb.Helper()
	return resource.Deps{
		Log: log, DB: db, Signer: Signer(tb, log), PageKey: key("page"), RowKey: key("row"), PersonalKey: key("personal"),
		Clock: time.Now, NewID: uuid.NewString, Random: rand.Reader, Logger: Logger(tb),
	}
}

// Signer returns the key of a journal, which is the same in each call and protects nothing.
func Signer(tb testing.TB, log string) note.Signer {
	tb.Helper()
	secret, _, err := journal.GenerateKey("wancun/"+log, mathrand.NewChaCha8([32]byte(key(log))))
	if err != nil {
		tb.Fatalf("generate key: %v", err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		tb.Fatalf("read key: %v", err)
	}
	return signer
}

// key returns 32 bytes, which are the same for the same use.
func key(use string) []byte {
	sum := sha256.Sum256([]byte("wancun servertest: " + use))
	return sum[:]
}
