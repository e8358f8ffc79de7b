package resource

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

const (
	// maxImport is the greatest number of rows in an import.
	maxImport = 100_000
	// maxFaults is the number of violations after which an import is refused. An answer has no room for as many.
	maxFaults = 10_000
	// importAttempts is how often an import is checked and written if concurrent writes invalidate the check.
	importAttempts = 5
	// portionRows and portionBytes are the sizes at which a portion is complete. Messages of a few rows are joined, so
	// that the number of queries does not depend on how the caller divides the rows.
	portionRows, portionBytes = 1000, 1 << 20
)

// Import serves a stream of the kind's Import method, which is BatchCreate for more rows than the memory of a process
// can hold. It writes all rows or none, in one transaction. The first message has the settings for all rows. Violations
// name a row by its number among all rows, as `requests[12345].need.quantity`.
//
// Import first reads all messages into a temporary file. Then it checks the rows portion by portion and writes what is
// to be stored into another file. Only then it begins the transaction, which waits for nothing but the database: a
// caller that is slow blocks no writer, and a caller that disconnects has written nothing. Import needs memory for one
// portion and for the names of all rows. A repeated request id has the same answer if the rows are the same, however
// they are divided into messages.
//
// prepare is called for each portion.
func Import[M proto.Message, In, Out any](s *Store[M], stream grpc.BidiStreamingServer[In, Out], prepare Prepare[M]) error {
	reports := reportTo(func(p progress) error {
		return sendStep(s, stream, func(f *importFields) protoreflect.FieldDescriptor { return f.progress },
			&resourcev1.ImportProgress{CheckedCount: p.checked, WrittenCount: p.written})
	})
	out, err := s.importAll(stream.Context, messagesOf(stream), prepare, reports.report)
	reports.end()
	if err != nil {
		return err
	}
	return sendStep(s, stream, func(f *importFields) protoreflect.FieldDescriptor { return f.result },
		&resourcev1.ImportResult{CreatedCount: out.created, UnchangedCount: out.unchanged})
}

// messagesOf iterates over the messages of a stream. It continues after an error if the loop does.
func messagesOf[In, Out any](stream grpc.BidiStreamingServer[In, Out]) iter.Seq2[BatchRequest, error] {
	return func(yield func(BatchRequest, error) bool) {
		for {
			message, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			r, _ := any(message).(BatchRequest) // findVerbs has found the fields of the interface
			if !yield(r, err) {
				return
			}
		}
	}
}

// sendStep sends a response with one field set.
func sendStep[M proto.Message, In, Out any](
	s *Store[M], stream grpc.BidiStreamingServer[In, Out], field func(*importFields) protoreflect.FieldDescriptor, step proto.Message,
) error {
	fields, ok := s.verbs.imports[any(new(In)).(proto.Message).ProtoReflect().Descriptor().FullName()] //nolint:forcetypeassert // a request
	if !ok {
		return fmt.Errorf("import %s: the kind has no such method", s.kind.Table)
	}
	answer := new(Out)
	out := any(answer).(proto.Message).ProtoReflect() //nolint:forcetypeassert // a response
	out.Set(field(fields), protoreflect.ValueOfMessage(step.ProtoReflect()))
	return stream.Send(answer)
}

// progress is the number of rows of an import that were read from the caller, checked against stored rows, and written.
// If concurrent writes invalidate the check, checked and written start again from 0.
type progress struct{ read, checked, written int32 }

// imported is the number of rows that an import created, and of those that existed with the same content.
type imported struct{ created, unchanged int32 }

// reports sends progress on another goroutine, so that an import does not wait for its caller. If the caller is slow,
// the latest progress replaces what was not sent.
type reports struct {
	latest chan progress
	ended  chan struct{}
}

func reportTo(send func(progress) error) *reports {
	r := &reports{make(chan progress, 1), make(chan struct{})}
	go func() {
		defer close(r.ended)
		for p := range r.latest {
			if send(p) != nil {
				return // the stream has ended, and with it the context of the import
			}
		}
	}()
	return r
}

// report sends the progress after reading; the caller counts what it sends itself.
func (r *reports) report(p progress) {
	if p.checked == 0 && p.written == 0 {
		return
	}
	select {
	case <-r.latest:
	default:
	}
	r.latest <- p // report is the only sender, so there is room
}

// end waits until the last progress was sent.
func (r *reports) end() {
	close(r.latest)
	<-r.ended
}

// importAll imports the rows of messages. ctx returns the context of the call; once all messages are read, it has the
// grants that were admitted for any of them. progress is called between portions, also during the transaction, and must
// return quickly.
func (s *Store[M]) importAll(
	ctx func() context.Context, messages iter.Seq2[BatchRequest, error], prepare Prepare[M], progress func(progress),
) (imported, error) {
	given, err := newSpool(s.kit.Random)
	if err != nil {
		return imported{}, err
	}
	defer func() { _ = given.close() }() // the file is not needed any more
	m := &importing[M]{store: s, prepare: prepare, progress: progress, given: given}
	if err := m.read(access.Method(ctx()), messages); err != nil || m.request == nil {
		return imported{}, err
	}
	return m.once(ctx())
}

// importing is the state of an import.
type importing[M proto.Message] struct {
	store    *Store[M]
	request  BatchRequest // the first message; nil if there is none
	prepare  Prepare[M]
	progress func(progress)

	given   *spool // portions of []givenRow
	portion []givenRow
	size    int // bytes of the portion
	rows    int
	digest  []byte // of all rows; nil if the request has no id
	at      progress
}

// givenRow is a row as received from the caller.
type givenRow struct {
	Name        string
	Message     []byte
	Acknowledge []string
}

// read reads all messages from the caller. It refuses them with the violations of all rows that can be decided without
// what is stored: whether the caller may write them, and whether they satisfy the constraints of the proto.
func (m *importing[M]) read(method string, messages iter.Seq2[BatchRequest, error]) error {
	var faults fault.Collector
	sum := hmac.New(sha256.New, m.store.kit.digestKey)
	sum.Write([]byte(method))
	for r, err := range messages {
		if err == nil && faults.Len() == 0 { // after a refused message, the numbers of further rows are not known here
			err = m.take(sum, r)
		}
		if err != nil && (!ofRows(err) || !faults.Take(err) || faults.Len() > maxFaults) {
			return cmp.Or(faults.Err(), err)
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if m.request != nil && m.request.GetRequestId() != "" {
		m.digest = sum.Sum(nil)
	}
	return m.spool()
}

// ofRows reports whether an error is about rows of the import, so that further rows can be read.
func ofRows(err error) bool {
	f, ok := fault.From(err)
	if !ok {
		return false
	}
	for _, v := range f.Violations() {
		if _, _, _, row := fault.RowOf(v.Field); !row {
			return false
		}
	}
	return len(f.Violations()) > 0
}

// take adds the rows of a message to the portion and to the digest.
func (m *importing[M]) take(sum hash.Hash, r BatchRequest) error {
	in, fields, err := verbOf(m.store.verbs.imports, r, "import", m.store.kind.Table)
	if err != nil {
		return err
	}
	if err := m.head(sum, r, in, fields); err != nil {
		return err
	}
	rows := in.Get(fields.rows).List()
	if m.rows+rows.Len() > maxImport {
		return fault.InvalidAll([]fault.Violation{fault.TooMany(string(fields.rows.Name()), maxImport)})
	}
	for i := range rows.Len() {
		row := rows.Get(i).Message()
		if err := m.row(sum, row.Interface(), m.store.itemOf(fields.each, row)); err != nil {
			return err
		}
	}
	m.at.read = int32(m.rows) //nolint:gosec // at most maxImport
	m.progress(m.at)
	return nil
}

// head stores the settings for all rows from the first message, and refuses them in a later one.
func (m *importing[M]) head(sum hash.Hash, r BatchRequest, in protoreflect.Message, fields *importFields) error {
	if m.request == nil {
		settings := proto.Clone(in.Interface()).ProtoReflect()
		settings.Clear(fields.rows)
		var ok bool
		if m.request, ok = settings.Interface().(BatchRequest); !ok {
			return fmt.Errorf("import %s: %s has no settings", m.store.kind.Table, in.Descriptor().FullName())
		}
		if err := m.store.checkAcknowledged("", acknowledged(r)); err != nil {
			return err
		}
		return digestPart(sum, settings.Interface())
	}
	for field, said := range map[string]bool{
		"request_id": r.GetRequestId() != "", "validate_only": validateOnly(r), "skip_identical": r.GetSkipIdentical(),
		"acknowledge": len(acknowledged(r)) > 0,
	} {
		if said {
			return fault.Invalid(field, "FIRST_MESSAGE_ONLY", "is for the first message, which says it for all rows")
		}
	}
	return nil
}

// row adds a row to the portion, and spools the portion if it is complete.
func (m *importing[M]) row(sum hash.Hash, request proto.Message, it item[M]) error {
	if err := m.store.checkAcknowledged(fmt.Sprintf("requests[%d].", m.rows), it.acknowledged); err != nil {
		return err
	}
	if err := digestPart(sum, request); err != nil {
		return err
	}
	message, err := proto.Marshal(it.message)
	if err != nil {
		return fmt.Errorf("serialize %s: %w", it.name, err)
	}
	m.portion = append(m.portion, givenRow{it.name, message, it.acknowledged})
	m.rows, m.size = m.rows+1, m.size+len(message)
	if len(m.portion) < portionRows && m.size < portionBytes {
		return nil
	}
	return m.spool()
}

// spool writes the portion to the temporary file.
func (m *importing[M]) spool() error {
	if len(m.portion) == 0 {
		return nil
	}
	err := m.given.put(m.portion)
	m.portion, m.size = m.portion[:0], 0
	return err
}

// digestPart adds the length of a message and the message to the digest.
func digestPart(sum hash.Hash, part proto.Message) error {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(part)
	if err != nil {
		return fmt.Errorf("digest request: %w", err)
	}
	sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
	sum.Write(b)
	return nil
}

// once imports the rows that were read, or returns the answer to a request that was applied before.
func (m *importing[M]) once(ctx context.Context) (imported, error) {
	if first, found, err := m.repeated(ctx); err != nil || found {
		return first, err
	}
	out, err := m.attempts(ctx)
	if isInProgress(err) {
		if first, found, again := m.repeated(ctx); again != nil || found {
			return first, again
		}
	}
	return out, err
}

// repeated returns the first answer to an import that was applied before, if the caller's present grants cover the rows.
func (m *importing[M]) repeated(ctx context.Context) (imported, bool, error) {
	if m.digest == nil || validateOnly(m.request) {
		return imported{}, false, nil
	}
	created, found, err := m.store.kit.journal.Applied(ctx, access.From(ctx).Subject, m.request.GetRequestId(), m.digest)
	if err != nil || !found {
		return imported{}, false, err
	}
	if err := m.withinReach(ctx); err != nil {
		return imported{}, false, err
	}
	return imported{created: int32(created), unchanged: int32(m.rows - created)}, true, nil //nolint:gosec // at most maxImport
}

// withinReach refuses a caller whose present grants do not cover the stored rows of an import. A row whose id the server
// chose has another name in the repetition and is not found; the policy has admitted its parent.
func (m *importing[M]) withinReach(ctx context.Context) error {
	by := access.From(ctx)
	return m.given.each(func(decode func(any) error) error {
		var rows []givenRow
		if err := decode(&rows); err != nil {
			return fmt.Errorf("decode rows: %w", err)
		}
		names := make([]string, len(rows))
		for i := range rows {
			names[i] = rows[i].Name
		}
		found, err := m.store.places(ctx, names)
		if err != nil {
			return err
		}
		for _, at := range found {
			if at != nil && !at.seenBy(by) {
				return fault.Denied("OUTSIDE_AREA", "what this request wrote lies outside the caller's area or organization")
			}
		}
		return nil
	})
}
