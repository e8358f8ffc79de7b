package database

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// transactions records the transactions that groups begin, in place of a server.
type transactions struct {
	of     [][]string // the statements of each
	under  []context.Context
	answer func(statements []string) error // nil means that they succeed
}

func (r *transactions) run(ctx context.Context, statements []Statement) error {
	var of []string
	for _, s := range statements {
		of = append(of, s.SQL)
	}
	r.of, r.under = append(r.of, of), append(r.under, ctx)
	if r.answer != nil {
		return r.answer(of)
	}
	return nil
}

func (r *transactions) mustBe(t *testing.T, want ...[]string) {
	t.Helper()
	if diff := cmp.Diff(want, r.of); diff != "" {
		t.Errorf("other transactions (-want +begun):\n%s", diff)
	}
}

func queued(ctx context.Context, sql string) *waiting {
	return &waiting{ctx: ctx, statements: []Statement{{SQL: sql}}, done: make(chan error, 1)}
}

func TestAWriteWhoseCallerHasGoneTakesNoPlaceAndIsNotAcknowledged(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	var queue []*waiting
	for range maxGroup {
		queue = append(queue, queued(gone, "gone"))
	}
	queue = append(queue, queued(t.Context(), "here"))
	did := &transactions{}
	g := &groups{run: did.run, queue: queue, lanes: 1}
	g.lane()
	did.mustBe(t, []string{"here"})
	for _, w := range queue {
		if err := <-w.done; !errors.Is(err, w.ctx.Err()) {
			t.Errorf("%s is answered %v, want %v", w.statements[0].SQL, err, w.ctx.Err())
		}
	}
}

func TestAGroupThatWasUndoneIsRunOneByOneAndOnlyTheCulpritFails(t *testing.T) {
	unique := &pgconn.PgError{SeverityUnlocalized: "ERROR", Code: "23505"}
	for _, cause := range []error{unique, pgx.ErrPreprocessingBatch{}} {
		did := &transactions{answer: func(statements []string) error {
			if statements[len(statements)-1] == "bad" {
				return at(len(statements)-1, cause)
			}
			return nil
		}}
		group := []*waiting{queued(named(t, "a"), "a"), queued(named(t, "b"), "b"), queued(named(t, "bad"), "bad")}
		(&groups{run: did.run}).commit(group)
		did.mustBe(t, []string{"a", "b", "bad"}, []string{"a"}, []string{"b"}, []string{"bad"})
		for i, w := range group {
			if err := <-w.done; (err != nil) != (i == 2) {
				t.Errorf("%s is answered %v", w.statements[0].SQL, err)
			}
			if did.under[1+i] != w.ctx {
				t.Errorf("alone, %s runs under a context that is not its caller's", w.statements[0].SQL)
			}
		}
	}
}

func TestAGroupWhoseOutcomeIsUnknownIsNotRunAgain(t *testing.T) {
	for _, cause := range []error{io.ErrUnexpectedEOF, context.DeadlineExceeded, &pgconn.PgError{SeverityUnlocalized: "FATAL", Code: "57P01"}} {
		did := &transactions{answer: func([]string) error { return cause }}
		group := []*waiting{queued(t.Context(), "a"), queued(t.Context(), "b")}
		(&groups{run: did.run}).commit(group)
		did.mustBe(t, []string{"a", "b"})
		for _, w := range group {
			if err := <-w.done; !errors.Is(err, cause) {
				t.Errorf("%s is answered %v, want %v", w.statements[0].SQL, err, cause)
			}
		}
	}
}

func TestAGroupEndsWithItsLastMembersDeadlineAndNotWithItsFirstMember(t *testing.T) {
	first, leave := context.WithTimeout(t.Context(), time.Hour)
	last, done := context.WithTimeout(t.Context(), 2*time.Hour)
	defer done()
	did := &transactions{}
	var inTime error
	did.answer = func([]string) error {
		leave()
		inTime = did.under[0].Err()
		return nil
	}
	(&groups{run: did.run}).commit([]*waiting{queued(first, "a"), queued(last, "b")})
	want, _ := last.Deadline()
	if at, ok := did.under[0].Deadline(); inTime != nil || !ok || !at.Equal(want) {
		t.Errorf("the group has until %v (%v) and is %v when its first member leaves; want %v", at, ok, inTime, want)
	}
	(&groups{run: did.run}).commit([]*waiting{queued(last, "a"), queued(t.Context(), "without a deadline")})
	if at, ok := did.under[1].Deadline(); ok {
		t.Errorf("a group with a member that has no deadline has until %v", at)
	}
}

// named returns a context that differs from all others.
func named(t *testing.T, name string) context.Context {
	t.Helper()
	type key struct{}
	return context.WithValue(t.Context(), key{}, name)
}
