package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// grown returns a stopped suite. Action's log has 94 entries; the last 90 are in batches of their own.
func grown(t *testing.T, o suite.Options) *suite.Suite {
	t.Helper()
	s := suite.Up(t, o)
	world.Build(t, s)
	for n := range 93 {
		world.Record(t, s, "office", fmt.Sprint(n), world.Operations(world.Village, int64(n+1)))
		if n == 2 {
			world.Positions(t.Context(), t, s) // creates a checkpoint over all entries so far
		}
	}
	world.Bulletin(t, s, world.Campaign) // waits until report has applied everything
	s.Stop(t)
	return s
}

// mustRefuse starts the suite again and fails the test unless it exits at once with all of the texts in its error.
func mustRefuse(t *testing.T, s *suite.Suite, flags []string, says ...string) {
	t.Helper()
	args := append([]string{"up", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"}, s.Flags()...)
	r := suite.Run(t, append(args, flags...)...)
	if r.Code != 1 || r.Out != "" {
		t.Errorf("exit code %d, want 1 before anything is served:\n%s", r.Code, r.Out)
	}
	for _, text := range says {
		if !strings.Contains(r.Err, text) {
			t.Errorf("%q is not said:\n%s", text, r.Err)
		}
	}
}

// TestASuiteWhoseLogWasCutDoesNotServe removes one trace of the missing entries after the other.
func TestASuiteWhoseLogWasCutDoesNotServe(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := grown(t, o)
		alone := []string{"--checkpoints", "none"}
		cutBack(t, s, "action", 5)
		change(t, s, "action", `DELETE FROM journal_requests`)
		mustRefuse(t, s, alone, "logs/action: the journal was cut: it ends at entry 4, and 90 rows are newer, the last of them campaigns/example/deliveries/")

		change(t, s, "action", `DELETE FROM deliveries WHERE NOT EXISTS (SELECT 1 FROM journal_entries WHERE resource = name)`)
		mustRefuse(t, s, alone, "logs/action: entry 5: the log ends at entry 4, and a checkpoint seen before covers 94 entries", "Report has applied")

		// Report's database from before it followed any journal.
		followNothing(t, s)
		mustRefuse(t, s, nil, "logs/action: entry 5: the log ends at entry 4, and a checkpoint seen before covers 94 entries", "action.checkpoint")
		r := suite.Run(t, append([]string{"verify"}, s.Flags()...)...)
		if r.Code == 0 || !strings.Contains(r.Out, "logs/action: DOES NOT FIT: entry 5: it is missing: a signed checkpoint covers 94 entries") {
			t.Errorf("verify: exit code %d\n%s%s", r.Code, r.Out, r.Err)
		}

		// No trace of the entries is left, and verify prints that it could not notice this.
		r = suite.Run(t, append([]string{"verify", "--checkpoints", "none"}, s.Flags()...)...)
		if r.Code != 0 || !strings.Contains(r.Err, "entries removed from the end of a journal are noticed only if --known or --checkpoints names some") {
			t.Errorf("verify: exit code %d\n%s%s", r.Code, r.Out, r.Err)
		}
	})
}

// followNothing resets report to its state before it followed any journal.
func followNothing(t *testing.T, s *suite.Suite) {
	t.Helper()
	for _, table := range []string{
		"facts", "classes", "tallies", "cells", "members", "reaches", "campaigns", "divisions",
	} {
		change(t, s, "report", "DELETE FROM "+table)
	}
	change(t, s, "report", "UPDATE cursors SET position = 0, checkpoint = ''")
}

func TestALogThatWasCutAndGrewAgainIsNoticed(t *testing.T) {
	s := grown(t, suite.Options{})
	cutBack(t, s, "action", 5)
	change(t, s, "action", `DELETE FROM journal_requests`)
	change(t, s, "action", `DELETE FROM deliveries WHERE NOT EXISTS (SELECT 1 FROM journal_entries WHERE resource = name)`)
	known := "the first 94 entries are not those that a checkpoint seen before covers"
	// An attacker adds entries to the truncated suite elsewhere, without comparisons, and then puts it in the place of
	// the original.
	followNothing(t, s)
	again := suite.Up(t, suite.Options{Dir: s.Dir, Checkpoints: "none"})
	for n := range 100 {
		world.Record(t, again, "office", fmt.Sprint("other ", n), world.Operations(world.Village, int64(n+1)))
	}
	world.Bulletin(t, again, world.Campaign)
	again.Stop(t)
	mustRefuse(t, s, nil, "logs/action: entry 1: "+known, "action.checkpoint")
}

func TestANewDirectoryHasNothingToCompare(t *testing.T) {
	s := stopped(t)
	dir := s.Dir
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	suite.Up(t, suite.Options{Dir: dir}).Stop(t)
}
