package fault

import (
	"errors"
	"strings"
)

// In says where in the request the message stands that err speaks about: with the prefix requests[12].need the violation
// of title becomes one of requests[12].need.title. Any error other than an *Error with violations, nil too, is returned
// unchanged; so is a status received from a peer, whose fields belong to another request. Text wrapped around the *Error
// stays with the operator.
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
