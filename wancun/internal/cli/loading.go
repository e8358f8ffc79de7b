package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/wancun/internal/sheet"
)

// loadTimeout bounds the load of one file.
const loadTimeout = 5 * time.Minute

// loading is the state of one wancun load: it loads several files, one after the other.
type loading struct {
	terminal *terminal
	conn     grpc.ClientConnInterface
	token    string
	defaults sheet.Defaults
	bar      *progress

	file    string         // the file that is being loaded
	refused []*sheet.Sheet // refused files whose kind is known
	names   []string       // names of the refused files
	failed  int
}

// checkFlags returns an error for flags that apply to none of the files, before any file is loaded. If a file cannot be
// read, it returns no error: the flag may be for that file.
func (l *loading) checkFlags(files []string) error {
	if len(sheet.Unused(l.defaults)) == 0 {
		return nil
	}
	sheets := make([]*sheet.Sheet, len(files))
	for i, file := range files {
		var err error
		if sheets[i], err = read(file); err != nil {
			return nil //nolint:nilerr // the load of the file reports it
		}
	}
	switch unused := sheet.Unused(l.defaults, sheets...); {
	case len(unused) == 0:
		return nil
	case len(files) == 1:
		return fmt.Errorf("%s: a file of %s has no use for it; nothing was loaded", strings.Join(unused, ", "), sheets[0].Kind())
	default:
		return fmt.Errorf("%s: none of the files has a use for it; nothing was loaded", strings.Join(unused, ", "))
	}
}

// all loads the files. It stops early only on an error that every further file would meet as well.
func (l *loading) all(ctx context.Context, files []string) error {
	if err := l.checkFlags(files); err != nil {
		return err
	}
	for i, file := range files {
		err := l.one(ctx, file)
		l.bar.clear()
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		l.failed++
		l.say(file, err)
		if rest := files[i+1:]; len(rest) > 0 && hopeless(err) {
			l.terminal.notef("not looked at: %s\n", strings.Join(rest, ", "))
			break
		}
	}
	switch {
	case l.failed == 0:
		return nil
	case len(files) > 1:
		l.terminal.notef("%d of %d files could not be loaded\n", l.failed, len(files))
	}
	return errFailed
}

// hopeless reports whether the next file would fail with the same error.
func hopeless(err error) bool {
	f, ok := fault.From(err)
	return ok && (f.Code() == codes.Unauthenticated || f.Code() == codes.Unavailable || f.Code() == codes.DeadlineExceeded)
}

// say prints what is wrong with a file, one problem on a line.
func (l *loading) say(file string, err error) {
	var bad refusal
	switch {
	case errors.As(err, &bad):
	case hopeless(err):
		l.terminal.notef("wancun: %s\n", describe(err))
		return
	default:
		l.terminal.notef("wancun: %s: %s\n", file, describe(err))
		return
	}
	for _, line := range bad.problems.Lines() {
		l.terminal.notef("%s\n", line)
	}
	if n := bad.further.Rows; n > 0 {
		l.terminal.notef("and %d further problems of %d kinds, which the answer has no room for\n", n, bad.further.Violations)
	}
	for _, q := range bad.problems.Questions() {
		l.terminal.notef("question %s in %s: if it is right, load the file with --acknowledge %s\n", q.Code, q.Lines, q.Code)
	}
	found := "1 problem"
	if n := bad.count(); n != 1 {
		found = fmt.Sprintf("%d problems", n)
	}
	if bad.more {
		found += ", and there may be more"
	}
	l.terminal.notef("%s; nothing of this file was loaded\n", found)
}

// one loads one file, either all of its rows or none.
func (l *loading) one(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(withToken(ctx, l.token), loadTimeout)
	defer cancel()
	l.file = file
	l.bar.report(0, 1, file)
	s, err := read(file)
	if err != nil {
		return err
	}
	done, err := l.send(ctx, s)
	if err != nil {
		l.refused, l.names = append(l.refused, s), append(l.names, file)
		return err
	}
	l.bar.clear()
	l.terminal.printf("%s: %s: %s\n", file, s.Counted(), done.sentence(l.defaults.ValidateOnly))
	return nil
}

func read(file string) (*sheet.Sheet, error) {
	f, err := os.Open(file) //nolint:gosec // the user's own
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close() //nolint:errcheck // only read
	s, err := sheet.Read(file, f)
	var problems sheet.Problems
	switch {
	case errors.As(err, &problems):
		return nil, refusal{problems: problems}
	case err != nil:
		return nil, errors.Unwrap(err) // it names the file, as the message will
	}
	return s, nil
}

// send checks a sheet locally and then sends it to the suite.
func (l *loading) send(ctx context.Context, s *sheet.Sheet) (outcome, error) {
	d := l.defaults
	d.Progress = func(done, total int) { l.bar.report(done, total, l.file) }
	request, err := s.Request(d)
	var problems sheet.Problems
	above := l.above(s)
	switch {
	case errors.As(err, &problems) && above != "":
		return outcome{}, refusal{problems: problems, more: true}
	case errors.As(err, &problems):
		return outcome{}, l.examined(ctx, s, refusal{problems: problems, more: true})
	case err != nil:
		return outcome{}, err
	case above != "":
		return outcome{}, fmt.Errorf("not loaded, because it builds on %s, which was not loaded; nothing is wrong with the file by itself", above)
	}
	// Each run has its own request id: a retry within the run receives the same response, and a later run is a new
	// request, whose response reports no changes.
	if id := request.ProtoReflect().Descriptor().Fields().ByName("request_id"); id != nil {
		request.ProtoReflect().Set(id, protoreflect.ValueOfString(uuid.NewString()))
	}
	l.bar.wait(l.file)
	done, err := send(ctx, l.conn, request, func(done int) { l.bar.report(done, s.Rows(), l.file) })
	if bad, ok := l.refusal(ctx, s, request, err); ok {
		return outcome{}, l.examined(ctx, s, bad)
	}
	return done, err
}

// above returns the name of a refused file that this sheet depends on, or "". Errors about this sheet could then be due
// to that file.
func (l *loading) above(s *sheet.Sheet) string {
	i := slices.IndexFunc(l.refused, func(other *sheet.Sheet) bool { return s.Kind().BuildsOn(other.Kind()) })
	if i < 0 {
		return ""
	}
	return l.names[i]
}
