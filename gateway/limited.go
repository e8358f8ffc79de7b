package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// limitedBody is a body that is read once and as a whole, after its memory is taken from the budget. It stores the
// error of the read, because the decoder does not report it.
type limitedBody struct {
	io.ReadCloser
	most   int           // maximum size in bytes
	length int64         // Content-Length; negative if unknown
	shape  *limits.Shape // of the message that is decoded from it
	under  string        // the path of that message in the request, with a dot; empty for the request itself
	hold   *limits.Hold
	failed error

	content []byte // nil until it has been read
	valid   bool   // the content is one JSON value
	rest    *bytes.Reader
}

// Read implements [io.Reader].
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.rest == nil {
		all, err := b.text()
		if err != nil {
			return 0, err
		}
		b.rest = bytes.NewReader(all)
	}
	return b.rest.Read(p)
}

// text returns the whole body. It takes the memory of the body and of the decoded message from the budget.
func (b *limitedBody) text() ([]byte, error) {
	if b.content != nil || b.failed != nil {
		return b.content, b.failed
	}
	if b.content, b.failed = b.read(); b.failed != nil {
		return nil, b.failed
	}
	var one verbatim
	if b.valid = json.Unmarshal(b.content, &one) == nil; b.valid {
		b.failed = b.measure()
	}
	return b.content, b.failed
}

// empty reports whether a body of unknown length is empty.
func (b *limitedBody) empty() bool {
	_, err := io.ReadFull(b.ReadCloser, make([]byte, 1))
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return errors.Is(err, io.EOF)
}

func (b *limitedBody) read() ([]byte, error) {
	if b.length > int64(b.most) {
		return nil, &http.MaxBytesError{Limit: int64(b.most)}
	}
	if b.length < 0 {
		if err := b.hold.Take(int64(b.most)); err != nil {
			return nil, err
		}
		return io.ReadAll(b.ReadCloser)
	}
	if err := b.hold.Take(b.length); err != nil {
		return nil, err
	}
	all := make([]byte, b.length)
	_, err := io.ReadFull(b.ReadCloser, all)
	return all, err
}

// measure takes the memory of the decoded message from the budget, twice: for the message itself and for its encoding
// in the call.
func (b *limitedBody) measure() error {
	bytes, err := b.shape.JSON(b.content)
	if excess := (*limits.Excess)(nil); errors.As(err, &excess) {
		return fault.InvalidAll([]fault.Violation{fault.TooMany(b.under+excess.Field, excess.Most)})
	}
	return b.hold.Take(2 * bytes)
}

// refusal returns the error of a body that the gateway refused, as opposed to one that could not be read.
func (b *limitedBody) refusal() (*fault.Error, bool) { return fault.From(b.failed) }

// unreadable describes why the body of r could not be read completely, if so.
func unreadable(r *http.Request) (httpStatus int, reason, detail, chinese string) {
	var failed error
	switch b := r.Body.(type) {
	case *limitedBody:
		failed = b.failed
	case *messagesBody:
		failed = b.failed
	}
	var tooLarge *http.MaxBytesError
	_, refused := fault.From(failed)
	switch {
	case refused:
	case errors.As(failed, &tooLarge):
		detail, chinese = fault.Say("the request body has more than %s, the most that this path takes", limits.InWords(int(tooLarge.Limit)))
		return http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", detail, chinese
	case errors.Is(failed, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, "BODY_TOO_SLOW", "the request body did not arrive in time", ""
	case failed != nil:
		return http.StatusBadRequest, "BODY_INCOMPLETE", "the request body did not arrive whole", ""
	}
	return 0, "", "", ""
}
