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

// Reserve says what the rows of a kind take of a quantity that several rows share, or what they add to it: what is taken is
// never more than there is, however many write at once. A write that would take more than is left, or that would leave less
// than is taken, is FAILED_PRECONDITION and says how much is left. A row that takes less, or nothing any more, releases the
// difference.
//
// The service's table of counters, which a migration of [Counters] makes, has a row for each quantity with what is taken and
// what there is, and a CHECK that compares them. A write changes that row by the difference between the stored message and
// its successor, in the transaction of the row itself. The counter has no MAC, because it is changed without being read:
// [Check] computes it again from the rows.
//
// The kind's table has the columns `<Rule>_counter TEXT NOT NULL` and `<Rule>_amount BIGINT NOT NULL`; give the first an
// index, by which the check adds up the second.
type Reserve[M proto.Message] struct {
	// Rule names the sort of quantity, in lower case: pledged. Kinds of one service with the same rule share its counters.
	Rule string
	// Of returns what a row takes or gives, and of what. It must depend on nothing else than the message without its
	// personal fields.
	Of func(M) Reservation
	// Bounds tells how much there is of some quantities at this moment; there is nothing of one that it leaves out. It is
	// asked before a row takes more, with the caller's context, and what it says holds for that write. Nil if rows give the
	// quantity: then what they give is how much there is.
	Bounds func(ctx context.Context, counters []string) (map[string]int64, error)
	// Field is the field that a refusal names; empty for the message as a whole.
	Field string
	// English and Chinese name the quantity in refusals: "the quantity of the need", "需求数量".
	English, Chinese string
}

// Reservation is what one row takes of a quantity or gives to it. The zero Reservation does neither.
type Reservation struct {
	// Counter names the quantity among those of its rule, usually by the resource that it belongs to.
	Counter string
	// Takes is how much the row takes, and Gives how much it adds to what there is. One of them is 0, and none is negative.
	Takes, Gives int64
}

// The reasons of refusals.
const (
	reasonNotEnough = "NOT_ENOUGH_LEFT" // a row takes more than is left
	reasonTaken     = "TAKEN_ALREADY"   // a row gives less than was taken
)

// columns are those of the rule, for which callers have no use.
func (r Reserve[M]) columns() []Column[M] {
	counter := Text(counterColumn(r.Rule), func(m M) string { return r.Of(m).Counter })
	amount := Integer(amountColumn(r.Rule), func(m M) int64 { return r.Of(m).Takes - r.Of(m).Gives })
	counter.internal, amount.internal = true, true
	return []Column[M]{counter, amount}
}

// of is the reservation of a message, or of none. It fails on one that the columns cannot say.
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

// checkReserves refuses incomplete rules, and a database without the counters.
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

// reserve counts what a message takes and gives beside what it replaces. before is the stored message, nil for a new row.
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

// count adds a difference to what t changes in a counter. It refuses it if the stored counters are looked at and not enough
// is left; at first they are not, and the CHECK decides.
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
	c.takes, c.gives = c.takes-takes, c.gives-gives // so that the rows after this one are judged without it
	return r.refuse(takes, max(0, left+takes), c.after())
}

// refuse says that a row takes more than is left, or leaves less than is taken.
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

// asksBounds says that a rule of the kind asks how much there is.
func (s *Store[M]) asksBounds() bool {
	return slices.ContainsFunc(s.kind.Reserves, func(r Reserve[M]) bool { return r.Bounds != nil })
}

// boundsAhead asks for the bounds of all that some messages are about to take.
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

// compare orders counters, so that writers lock them in one order.
func (n counterName) compare(o counterName) int {
	return cmp.Or(cmp.Compare(n.rule, o.rule), cmp.Compare(n.counter, o.counter))
}

// counting is what a request changes in a counter.
type counting struct {
	takes, gives int64
	bound        int64 // how much there is, if the rule asked
	bounded      bool
	stored       *Count // nil until it was looked at
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

// after is what the counter holds once the request was applied. It must have been looked at.
func (c *counting) after() Count {
	n := Count{Taken: c.stored.Taken + c.takes, Bound: c.stored.Bound + c.gives}
	if c.bounded {
		n.Bound = c.bound
	}
	return n
}

// counting is what t changes in a counter.
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

// overReleased refuses the release of more than is counted as taken. The rows of t were locked at their revisions before it was
// tried, so something else than a store changed the counter.
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

// counted are the statements that change the counters. They come last, so that a counter that many write is locked shortly.
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
