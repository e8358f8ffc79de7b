package journal

import (
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
)

// Write is what one accepted request wrote.
type Write struct {
	// Method is the full gRPC name of the method.
	Method string
	// Actor is the originating caller; nil for a call without a token.
	Actor *journalv1.Actor
	// Time is when the service accepted the write.
	Time time.Time
	// RequestID makes the request repeatable: for each subject it is applied once. Empty if the caller gave none.
	RequestID string
	// Digest identifies the content of the request, so that other content under the same id is refused. Required with
	// RequestID.
	Digest []byte
	// Entries are what was written, in order. They may be empty if the request had nothing to change.
	Entries []Entry
	// Part is set if the request writes its entries by several Writes in one transaction and this Write has only some
	// of them. Nil means that it has all.
	Part *Part
}

// Part describes where the entries of a Write belong among those of their request.
type Part struct {
	// First is the resource of the first entry of the request, at its revision 1. Entries is the number of entries of
	// the request.
	First   string
	Entries int
	// Continued means that an earlier Write has recorded the request id.
	Continued bool
}

// Entry is one resource as a write left it.
type Entry struct {
	// Resource is the full name of the resource.
	Resource string
	// Revision is the resource's revision after the write, from 1. No other entry ever has the same resource and revision.
	Revision int64
	// Body is the resource without its personal fields; nil if only personal data was removed.
	Body *anypb.Any
	// PersonalDigest is the salted hash of the personal part, if there is one.
	PersonalDigest []byte
	// Reason is the reason that the caller gave, if any.
	Reason string
	// Acknowledged are the codes of the questions about the write that the actor answered.
	Acknowledged []string
}

var intoRequests = database.Into("journal_requests", "subject", "request_id", "digest", "time_us", "entries")

// Statements returns the statements that record w. Apply them in the transaction of the write, after the statements
// that write its resources. A *database.UniqueError then means that the request id was used before; see [Log.Replay].
// Records are serialized once, here or, if there are many, while the statements run; the same bytes are hashed, stored
// and served from then on. What w refers to must therefore not change until the statements have run.
func (l *Log) Statements(w Write) ([]database.Statement, error) {
	var statements []database.Statement
	if w.RequestID != "" && (w.Part == nil || !w.Part.Continued) {
		remembered, err := l.remember(w)
		if err != nil {
			return nil, err
		}
		statements = append(statements, remembered...)
	}
	if len(w.Entries) == 0 {
		return statements, nil
	}
	staged, err := l.db.Load(intoStaging, len(w.Entries), w.staged)
	return append(statements, staged...), err
}

// record serializes one entry.
func (w Write) record(e Entry) ([]byte, error) {
	if e.Resource == "" || e.Revision < 1 {
		return nil, fmt.Errorf("an entry needs a resource and a revision from 1")
	}
	b, err := proto.Marshal(&journalv1.Record{
		Resource:       e.Resource,
		Revision:       e.Revision,
		Body:           e.Body,
		Method:         w.Method,
		Actor:          w.Actor,
		Time:           timestamppb.New(w.Time),
		RequestId:      w.RequestID,
		PersonalDigest: e.PersonalDigest,
		Reason:         e.Reason,
		Acknowledged:   e.Acknowledged,
	})
	if err != nil {
		return nil, fmt.Errorf("serialize: %w", err)
	}
	return b, nil
}

// remember returns the statement that records the request id and where its entries will be.
func (l *Log) remember(w Write) ([]database.Statement, error) {
	if len(w.Digest) == 0 {
		return nil, fmt.Errorf("remember request %q: it has no digest", w.RequestID)
	}
	entries, err := w.written()
	if err != nil {
		return nil, fmt.Errorf("remember request %q: %w", w.RequestID, err)
	}
	return l.db.Insert(intoRequests, [][]any{{w.Actor.GetSubject(), w.RequestID, w.Digest, w.Time.UnixMicro(), entries}}), nil
}

// written encodes as JSON where the entries are in the log: {"0": [resource, revision], "following": n} names the first
// entry and the number of entries of the same request that follow it.
func (w Write) written() (string, error) {
	if len(w.Entries) == 0 {
		return "{}", nil
	}
	first, all := w.Entries[0], len(w.Entries)
	if w.Part != nil {
		first, all = Entry{Resource: w.Part.First, Revision: 1}, w.Part.Entries
	}
	resource, err := json.Marshal(first.Resource)
	if err != nil {
		return "", err
	}
	out := fmt.Appendf(nil, `{"0":[%s,%d]`, resource, first.Revision)
	if n := all - 1; n > 0 {
		out = fmt.Appendf(out, `,"following":%d`, n)
	}
	return string(append(out, '}')), nil
}
