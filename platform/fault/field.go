package fault

import (
	"errors"
	"strings"
)

// In adds the path of the message that err is about: with the prefix requests[12].need the violation of title becomes
// one of requests[12].need.title. It returns every other error unchanged: nil, an error without violations, and a
// status from a peer, whose fields belong to another request. A text wrapped around the *Error becomes a part of its
// cause.
func In(prefix string, err error) error {
	var e *Error
	if !errors.As(err, &e) || len(e.violations) == 0 || prefix == "" {
		return err
	}
	c := *e
	c.message, c.chinese, c.violations = "", "", e.Violations()
	for i := range c.violations {
		c.violations[i].Field = join(prefix, c.violations[i].Field)
	}
	if err != error(e) { //nolint:errorlint // whether anything is wrapped around e is the question
		c.cause = err
	}
	return &c
}

func join(prefix, field string) string {
	if field == "" || strings.HasPrefix(field, "[") {
		return prefix + field
	}
	return prefix + "." + field
}
