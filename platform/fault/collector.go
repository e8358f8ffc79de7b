package fault

import (
	"fmt"

	"google.golang.org/grpc/codes"
)

// Collector gathers what is wrong with a message, so that the user can correct all of it at once. The zero Collector is
// empty.
type Collector struct {
	violations []Violation
	first      *Error // of those taken, the one that gives the code

	whole *Collector // of which this one gathers for a part; nil for the whole
	place string     // of the part in the whole
}

// Add gathers a violation of a field. The formatted text completes the sentence that the field's name begins.
func (c *Collector) Add(field, reason, format string, args ...any) {
	c.Put(Violated(field, reason, format, args...))
}

// In gathers for a part of the message, to which the fields are relative.
func (c *Collector) In(field string) *Collector {
	whole := c
	if c.whole != nil {
		whole, field = c.whole, join(c.place, field)
	}
	return &Collector{whole: whole, place: field}
}

// Row gathers for an element of a list.
func (c *Collector) Row(list string, i int) *Collector { return c.In(fmt.Sprintf("%s[%d]", list, i)) }

// Take gathers what an error says of the message, or of the part. It returns false for an error that is not about the
// message: one without a code, or a peer that is away.
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

// Put gathers a violation, whose field is relative to the message or the part.
func (c *Collector) Put(v Violation) {
	if c.whole == nil {
		c.violations = append(c.violations, v)
		return
	}
	v.Field = join(c.place, v.Field)
	c.whole.violations = append(c.whole.violations, v)
}

// Len is how many violations the whole has gathered.
func (c *Collector) Len() int {
	if c.whole != nil {
		return c.whole.Len()
	}
	return len(c.violations)
}

// Err is all that the whole has gathered, in its order; nil if that is nothing. Its code is that of the first error that was
// taken and is no question, else that of the questions, else INVALID_ARGUMENT.
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
