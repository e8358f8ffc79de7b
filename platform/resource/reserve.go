package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Reserve declares what the rows of a kind take of a quantity that several rows share, or what they add to it. The
// amount taken never exceeds the amount that there is, also with concurrent writes. A write that would take more than
// is left, or would leave less than is taken, is FAILED_PRECONDITION, and the error states how much is left. A row that
// takes less than before, or nothing, releases the difference.
//
// The service's table of counters, which a migration of [Counters] creates, has a row for each quantity, with the
// amount that is taken and the amount that there is, and a CHECK that compares them. A write changes that row by the
// difference between the stored message and the new one, in the transaction of the write. The counter has no MAC,
// because it is changed without being read; [Check] computes it again from the rows.
//
// The kind's table has the columns `<Rule>_counter TEXT NOT NULL` and `<Rule>_amount BIGINT NOT NULL`. The first should
// have an index, which [Check] uses to add up the second.
type Reserve[M proto.Message] struct {
	// Rule names the kind of quantity, in lower case: pledged. Kinds of one service with the same rule share its
	// counters.
	Rule string
	// Of returns what a row takes or gives, and of which counter. It must depend on the message only, without its
	// personal fields.
	Of func(M) Reservation
	// Bounds returns how much there is of some quantities now; of a quantity that is missing in the result there is
	// nothing. It is called before a row takes more, with the caller's context, and its result is used for that write.
	// It is nil if rows give the quantity: then there is as much as they give.
	Bounds func(ctx context.Context, counters []string) (map[string]int64, error)
	// Field is the field that the error names; "" means the message as a whole.
	Field string
	// English and Chinese name the quantity in errors: "the quantity of the need", "需求数量".
	English, Chinese string
}

// Reservation is what one row takes of a quantity or gives to it. The zero Reservation does neither.
type Reservation struct {
	// Counter names the quantity within its rule, usually by the resource that it belongs to.
	Counter string
	// Takes is the amount that the row takes, and Gives the amount that it adds. One of them is 0, and neither is
	// negative.
	Takes, Gives int64
}

// Reasons of errors.
const (
	reasonNotEnough = "NOT_ENOUGH_LEFT" // a row takes more than is left
	reasonTaken     = "TAKEN_ALREADY"   // a row gives less than was taken
)

// columns returns the columns of the rule. They are internal.
func (r Reserve[M]) columns() []Column[M] {
	counter := Text(counterColumn(r.Rule), func(m M) string { return r.Of(m).Counter })
	amount := Integer(amountColumn(r.Rule), func(m M) int64 { return r.Of(m).Takes - r.Of(m).Gives })
	counter.internal, amount.internal = true, true
	return []Column[M]{counter, amount}
}

// of returns the reservation of a message, or the zero value for nil. It returns an error for a reservation that the
// columns cannot represent.
func (r Reserve[M]) of(m *M) (Reservation, error) {
	if m == nil {
		return Reservation{}, nil
	}
	of := r.Of(*m)
	if of.Takes < 0 || of.Gives < 0 || of.Takes > 0 && of.Gives > 0 || of.Counter == "" && of != (Reservation{}) {
		return Reservation{}, fmt.Errorf("reserve %s: a row takes %d of %q and gives %d: want one of the two, and a counter",
			r.Rule, of.Takes, of.Counter, of.Gives)
	}
	return of, nil
}

// checkReserves refuses incomplete rules, and a database without the table of counters.
func (s *Store[M]) checkReserves() error {
	for _, r := range s.kind.Reserves {
		switch {
		case r.Rule == "" || r.Of == nil || r.English == "" || r.Chinese == "":
			return fmt.Errorf("reserve %s: want Rule, Of, English and Chinese", r.Rule)
		case r.Field != "" && s.blank.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(r.Field)) == nil:
			return fmt.Errorf("reserve %s: the message has no field %s", r.Rule, r.Field)
		}
	}
	if len(s.kind.Reserves) == 0 {
		return nil
	}
	if _, err := s.kit.Counts(context.Background(), s.kind.Reserves[0].Rule, ""); err != nil {
		return errors.Join(errors.New("it reserves quantities, and the database has no counters: add the migration Counters"), err)
	}
	return nil
}

// reserve counts the difference between a message and the one that it replaces. before is the stored message, nil for a
// new row.
func (s *Store[M]) reserve(t *Tx, before *M, m M) error {
	for _, r := range s.kind.Reserves {
		old, err := r.of(before)
		if err != nil {
			return err
		}
		now, err := r.of(&m)
		if err != nil {
			return err
		}
		if old.Counter != now.Counter {
			if err := s.count(t, r, old.Counter, -old.Takes, -old.Gives); err != nil {
				return err
			}
			old = Reservation{}
		}
		if err := s.count(t, r, now.Counter, now.Takes-old.Takes, now.Gives-old.Gives); err != nil {
			return err
		}
	}
	return nil
}

// count adds a difference to a counter's changes in t. In a run that looks up the stored counters, it refuses the
// difference if not enough is left. In the first run the CHECK of the database decides.
func (s *Store[M]) count(t *Tx, r Reserve[M], counter string, takes, gives int64) error {
	if takes == 0 && gives == 0 {
		return nil
	}
	c := t.counting(counterName{r.Rule, counter})
	if takes > 0 && r.Bounds != nil && !c.bounded {
		if err := t.askBounds(r.Rule, r.Bounds, []string{counter}); err != nil {
			return err
		}
	}
	c.takes, c.gives = c.takes+takes, c.gives+gives
	if !t.looks || takes <= 0 && gives >= 0 {
		return nil
	}
	if err := c.look(t, r.Rule, counter); err != nil {
		return err
	}
	left := c.after().Left()
	if left >= 0 {
		return nil
	}
	c.takes, c.gives = c.takes-takes, c.gives-gives // so that the rows after this one are checked without it
	return r.refuse(takes, max(0, left+takes), c.after())
}

// refuse returns the error for a row that takes more than is left, or leaves less than is taken.
func (r Reserve[M]) refuse(takes, left int64, all Count) error {
	if takes > 0 {
		return fault.PreconditionOne(fault.Violation{
			Field: r.Field, Reason: reasonNotEnough,
			Description: fmt.Sprintf("takes %d of %s, of which %d is left", takes, r.English, left),
			Chinese:     fmt.Sprintf("占用%s %d，而余量为 %d", r.Chinese, takes, left),
		})
	}
	return fault.PreconditionOne(fault.Violation{
		Field: r.Field, Reason: reasonTaken,
		Description: fmt.Sprintf("leaves less of %s than the %d that is taken already", r.English, all.Taken),
		Chinese:     fmt.Sprintf("使%s少于已占用的 %d", r.Chinese, all.Taken),
	})
}

// asksBounds reports whether a rule of the kind has Bounds.
func (s *Store[M]) asksBounds() bool {
	return slices.ContainsFunc(s.kind.Reserves, func(r Reserve[M]) bool { return r.Bounds != nil })
}

// boundsAhead calls Bounds for everything that some messages will take.
func (s *Store[M]) boundsAhead(t *Tx, messages []M) error {
	for _, r := range s.kind.Reserves {
		if r.Bounds == nil {
			continue
		}
		var counters []string
		for _, m := range messages {
			if of := r.Of(m); of.Takes > 0 {
				counters = append(counters, of.Counter)
			}
		}
		slices.Sort(counters)
		if counters = slices.Compact(counters); len(counters) == 0 {
			continue
		}
		if err := t.askBounds(r.Rule, r.Bounds, counters); err != nil {
			return err
		}
	}
	return nil
}

// counterName names a counter.
type counterName struct{ rule, counter string }

// compare orders counters, so that all writers lock them in the same order.
func (n counterName) compare(o counterName) int {
	return cmp.Or(cmp.Compare(n.rule, o.rule), cmp.Compare(n.counter, o.counter))
}

// counting is the change of a counter by a request.
type counting struct {
	takes, gives int64
	bound        int64 // the result of Bounds, if the rule has it
	bounded      bool
	stored       *Count // nil until it is read
}

// look reads the stored counter once.
func (c *counting) look(t *Tx, rule, counter string) error {
	if c.stored != nil {
		return nil
	}
	found, err := t.kit.Counts(t.ctx, rule, counter)
	if err != nil {
		return err
	}
	stored := found[counter]
	c.stored = &stored
	return nil
}

// after returns the counter as it will be after the request. The stored counter must have been read.
func (c *counting) after() Count {
	n := Count{Taken: c.stored.Taken + c.takes, Bound: c.stored.Bound + c.gives}
	if c.bounded {
		n.Bound = c.bound
	}
	return n
}

// counting returns the change of a counter in t.
func (t *Tx) counting(name counterName) *counting {
	if t.counts == nil {
		t.counts = map[counterName]*counting{}
	}
	c := t.counts[name]
	if c == nil {
		c = &counting{}
		t.counts[name] = c
	}
	return c
}

func (t *Tx) askBounds(rule string, bounds func(context.Context, []string) (map[string]int64, error), counters []string) error {
	found, err := bounds(t.ctx, counters)
	if err != nil {
		return err
	}
	for _, name := range counters {
		c := t.counting(counterName{rule, name})
		c.bound, c.bounded = max(0, found[name]), true
	}
	return nil
}

// overReleased returns DATA_LOSS for the release of more than is counted as taken. The rows of t were locked at their
// revisions before that statement, so something other than a store changed the counter.
func (t *Tx) overReleased() error {
	var names []string
	for name, c := range t.counts {
		if c.takes < 0 {
			names = append(names, name.rule+" "+name.counter)
		}
	}
	slices.Sort(names)
	return t.kit.altered(countersTable, strings.Join(names, ", "), "it counts less than the rows take")
}

// counted returns the statements that change the counters. They come last, so that a counter with many writers is
// locked briefly.
func (t *Tx) counted() []database.Statement {
	names := make([]counterName, 0, len(t.counts))
	for name, c := range t.counts {
		if c.takes != 0 || c.gives != 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, counterName.compare)
	out := make([]database.Statement, 0, 2*len(names))
	for _, name := range names {
		c := t.counts[name]
		out = append(out, database.Statement{SQL: beginCounter, Args: []any{name.rule, name.counter}, Rows: database.AnyRows})
		if c.bounded {
			out = append(out, database.Statement{SQL: countWithin, Args: []any{name.rule, name.counter, c.takes, c.bound}, Rows: database.AnyRows})
			continue
		}
		out = append(out, database.Statement{SQL: countBoth, Args: []any{name.rule, name.counter, c.takes, c.gives}, Rows: database.AnyRows})
	}
	return out
}
