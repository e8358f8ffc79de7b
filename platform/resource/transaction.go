package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
)

// Request is a request that writes. It must be a proto message. If it also has GetValidateOnly and that returns true,
// nothing is written.
type Request interface{ GetRequestId() string }

func validateOnly(r Request) bool {
	v, ok := r.(interface{ GetValidateOnly() bool })
	return ok && v.GetValidateOnly()
}

// Tx collects the writes of one request and applies them together: all or none, each with its journal entry. It reads
// committed state only, so a request does not see its own writes. When it is applied, it checks the revisions of the
// rows that it saves and the names that it creates. Rows that it only read may have changed; see [Tx.Serialize].
type Tx struct {
	kit      *Kit
	ctx      context.Context //nolint:containedctx // a Tx lives within one call and never outlives it
	by       access.Principal
	at       time.Time
	pending  []pendingWrite
	inserts  []insertRun
	entries  []journal.Entry
	creating map[string]bool
	parents  map[string]*place // places of the parents of created rows, by name; nil if the parent does not exist
	unknown  map[string]bool   // whether a parent that was looked up, by name, is unknown to the caller

	acknowledged []string                  // codes of the questions that the request acknowledges
	looks        bool                      // whether rules over several rows look up the stored rows and counters
	holders      map[keyValue]string       // names of the stored rows with keys that were looked up; "" for none
	claims       map[keyValue]string       // keys of the rows that t writes, with their names
	freed        map[keyValue]string       // unique keys that rows of t give up, with their names
	guarded      map[keyValue]bool         // likenesses of whose first row a statement depends
	seen         map[string]bool           // whether the caller may read a row with a key that was looked up, by name
	counts       map[counterName]*counting // changes of counters
	serial       []database.Statement      // statements that count the request for Serialize
}

// Context returns the context of the request.
func (t *Tx) Context() context.Context { return t.ctx }

// Time returns the time of the write. All writes of t have the same time.
func (t *Tx) Time() time.Time { return t.at }

var (
	// errChanged means that a row was changed between the read and the write.
	errChanged = errors.New("the row was changed meanwhile")
	// errMet means that a rule over several rows refused the write, or that a row on which the write depended is gone.
	errMet = errors.New("other rows forbid what is written")
	// errNothingWritten means that a request succeeds without a write. Only once handles it.
	errNothingWritten = errors.New("nothing was written")
)

// InTx runs fn and then applies what fn wrote through CreateIn and SaveIn of this kit's stores. fn runs
// again if a row that it saves was changed, or a row that it creates appeared, between its read and the write; so fn
// must look for rows before it creates them. A rule that depends on other rows needs a [Unique] or a [Reserve] of the
// kind, or fn begins with [Tx.Serialize].
//
// If the request was applied before, under the same request id, nothing is written, and InTx returns the records that
// it wrote then.
func (k *Kit) InTx(ctx context.Context, r Request, fn func(*Tx) error) ([]*journalv1.Record, error) {
	return once(ctx, k, r, func() ([]*journalv1.Record, error) {
		return nil, k.attempts(ctx, r, fn)
	}, func(records []*journalv1.Record) ([]*journalv1.Record, error) { return records, nil })
}

// attempts repeats attempt while other requests write what fn has read.
func (k *Kit) attempts(ctx context.Context, r Request, fn func(*Tx) error) error {
	var last string
	for range maxAttempts {
		err := k.attempt(ctx, r, fn)
		taken, isTaken := errors.AsType[*takenError](err)
		switch {
		case errors.Is(err, errChanged):
		case isTaken && taken.name != last: // if fn creates it again, fn did not look for it
			last = taken.name
		default:
			return err
		}
	}
	return fault.Aborted("", "TOO_MANY_WRITERS", "the resources were changed by others each time; try again")
}

// attempt runs fn and applies its writes once. It returns errNothingWritten if there are none. Stored rows and counters
// are only looked up for rules over several rows after a first run was refused, also by an index or a constraint. fn
// then runs again, so that the error names all rows at fault.
func (k *Kit) attempt(ctx context.Context, r Request, fn func(*Tx) error) error {
	looks := validateOnly(r)
	for range maxAttempts {
		t := &Tx{
			kit: k, ctx: ctx, by: access.From(ctx), at: k.Clock().UTC().Truncate(time.Microsecond), creating: map[string]bool{},
			acknowledged: acknowledged(r), looks: looks,
		}
		err := t.run(r, fn)
		if !errors.Is(err, errMet) && (looks || len(t.claims) == 0 && len(t.counts) == 0 || !refusal(err)) {
			return err
		}
		looks = true
	}
	return fault.Aborted("", "TOO_MANY_WRITERS", "others wrote resources like these each time; try again")
}

// refusal reports whether an error is about what the caller sent.
func refusal(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Code() != codes.Unavailable
}

// run runs fn and applies its writes.
func (t *Tx) run(r Request, fn func(*Tx) error) error {
	if err := fn(t); err != nil {
		return err
	}
	if validateOnly(r) {
		return nil
	}
	if len(t.entries) == 0 {
		return errNothingWritten
	}
	return t.apply(r)
}

// apply writes everything in one transaction: rows first, then the journal.
func (t *Tx) apply(r Request) error {
	statements := slices.Concat(t.serial, t.vacate())
	for _, run := range t.inserts {
		inserts, err := run.statements(t)
		if err != nil {
			return err
		}
		statements = append(statements, inserts...)
	}
	for _, p := range t.pending {
		statements = append(statements, p.statement)
	}
	statements = append(statements, t.counted()...)
	w := journal.Write{Method: access.Method(t.ctx), Actor: t.by.Actor(), Time: t.at, RequestID: r.GetRequestId(), Entries: t.entries}
	if w.RequestID != "" {
		var err error
		if w.Digest, err = t.kit.digest(w.Method, r); err != nil {
			return err
		}
	}
	logged, err := t.kit.journal.Statements(w)
	if err != nil {
		return fmt.Errorf("journal write: %w", err)
	}
	if err := t.kit.DB.Apply(t.ctx, append(statements, logged...)); err != nil {
		return t.refused(err)
	}
	t.kit.journal.Wake()
	return nil
}

// refused converts the error of a failed Apply into the error of the request.
func (t *Tx) refused(err error) error {
	var rows *database.RowsError
	switch {
	case errors.As(err, &rows) && len(t.guarded) > 0:
		return errMet
	case errors.As(err, &rows):
		return errChanged
	}
	if check, ok := errors.AsType[*database.CheckError](err); ok {
		switch check.Constraint {
		case countersBound:
			return errMet
		case countersTaken:
			return t.overReleased()
		}
	}
	var unique *database.UniqueError
	if !errors.As(err, &unique) {
		return fmt.Errorf("write: %w", err)
	}
	for _, run := range t.inserts {
		if name, taken := run.free(t); taken != nil {
			return &takenError{name, taken}
		}
	}
	for key := range t.claims {
		if key.table == unique.Table {
			return errMet
		}
	}
	// The row of the request id exists: the request is being applied now, or was applied before. once looks it up.
	return fault.Aborted("", requestInProgress, "the same request id is being used at this moment").Because(err)
}

// takenError means that a name was free when the request looked and was taken afterwards.
type takenError struct {
	name string
	err  error
}

func (e *takenError) Error() string { return e.err.Error() }

func (e *takenError) Unwrap() error { return e.err }

func exists(name string) *fault.Error {
	return fault.AlreadyExists(name, "RESOURCE_EXISTS", "%q exists already", name)
}
