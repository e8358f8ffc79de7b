package fault

import (
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"
)

// Collector collects the violations of a message, so that the user can correct all of them at once. The zero Collector
// is empty.
type Collector struct {
	violations []Violation
	first      *Error // the error of Take that gives the code

	whole *Collector // the collector that this one adds to with the prefix place; nil for the whole message
	place string     // path of the part in the whole
}

// Add adds a violation of a field. The formatted text completes the sentence that the field's name begins.
func (c *Collector) Add(field, reason, format string, args ...any) {
	c.Put(Violated(field, reason, format, args...))
}

// In returns a collector for a part of the message. Its fields are relative to the part.
func (c *Collector) In(field string) *Collector {
	whole := c
	if c.whole != nil {
		whole, field = c.whole, join(c.place, field)
	}
	return &Collector{whole: whole, place: field}
}

// Row returns a collector for an element of a list.
func (c *Collector) Row(list string, i int) *Collector { return c.In(fmt.Sprintf("%s[%d]", list, i)) }

// Take adds the violations of an error, or the error itself if it has none. It returns false for an error that is not
// about the message: an untyped error, or an unavailable peer.
func (c *Collector) Take(err error) bool {
	e, ok := From(err)
	if !ok || e.Code() == codes.Unavailable {
		return false
	}
	if len(e.Violations()) == 0 {
		e = e.At("")
	}
	whole := c
	if c.whole != nil {
		whole = c.whole
		if in, ok := From(In(c.place, e)); ok {
			e = in
		}
	}
	if whole.first == nil || whole.first.Reason() == ReasonQuestions && e.Reason() != ReasonQuestions {
		whole.first = e
	}
	whole.violations = append(whole.violations, e.violations...)
	return true
}

// Put adds a violation. Its field is relative to the message or the part.
func (c *Collector) Put(v Violation) {
	if c.whole == nil {
		c.violations = append(c.violations, v)
		return
	}
	v.Field = join(c.place, v.Field)
	c.whole.violations = append(c.whole.violations, v)
}

// Len returns the number of violations of the whole message.
func (c *Collector) Len() int {
	if c.whole != nil {
		return c.whole.Len()
	}
	return len(c.violations)
}

// Violations returns the violations of the whole message, in order.
func (c *Collector) Violations() []Violation {
	if c.whole != nil {
		return c.whole.Violations()
	}
	return slices.Clone(c.violations)
}

// Err returns an error with all violations of the whole message, in order, or nil if there are none. Its code is that
// of the first error of Take that is not a question. Without one, it is the code of questions, or else
// INVALID_ARGUMENT.
func (c *Collector) Err() error {
	switch {
	case c.whole != nil:
		return c.whole.Err()
	case len(c.violations) == 0:
		return nil
	case c.first != nil:
		return c.first.With(c.violations)
	}
	return InvalidAll(c.violations)
}
