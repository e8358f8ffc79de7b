package rollup

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// Moment is an earlier state of report: how far each log was applied. nil is the present state.
type Moment struct {
	// Time is the time of the moment. It determines the day on which lasting facts are counted.
	Time time.Time
	// AsOf are the generation and the positions of the followed logs, as responses showed them then.
	AsOf *reportv1.AsOf
	// Own is the number of entries of report's own log.
	Own int64

	positions map[string]int64
}

// Now returns the time of a moment, or now for the present.
func (m *Moment) Now(now time.Time) time.Time {
	if m == nil {
		return now
	}
	return m.Time
}

// valid returns the SQL condition that a row with since and until, of a log, is valid at the moment. alias is empty or
// ends in a dot.
func (m *Moment) valid(log, alias string) string {
	if m == nil {
		return alias + "until = " + strconv.FormatInt(facts.Open, 10)
	}
	return fmt.Sprintf("%[1]ssince <= %[2]d AND %[1]suntil > %[2]d", alias, m.positions[log])
}

// maxPast is the maximum number of calls that read an earlier moment at the same time. They read facts, so one takes as
// long as many calls for the present. Each caller has a limited share.
const maxPast = 4

// Snapshot runs fn in one snapshot of the database. asKnownAt is the moment that the caller names in the request field
// as_known_at; "" is the present, for which fn receives nil. field is the name of the request's field.
func (s *Store) Snapshot(ctx context.Context, field, asKnownAt string, fn func(context.Context, database.Querier, *Moment) error) error {
	if asKnownAt != "" {
		caller := access.From(ctx).Subject
		if !s.past.Take(caller, 1) {
			return fault.Exhausted("TOO_MANY_PAST", time.Second,
				"too many calls of this caller, or of callers without a token, read an earlier moment; ask again")
		}
		defer s.past.Give(caller, 1)
	}
	return s.db.Snapshot(ctx, func(ctx context.Context, q database.Querier) error {
		m, err := s.Moment(ctx, q, field, asKnownAt)
		if err != nil {
			return err
		}
		return fn(ctx, q, m)
	})
}

type momentRow struct {
	Generation int64  `db:"generation"`
	TimeUs     int64  `db:"time_us"`
	Position   int64  `db:"position"`
	Checkpoint string `db:"checkpoint"`
}

const momentColumns = "SELECT generation, time_us, position, checkpoint FROM moments "

// firstMoment returns the first row of a query of moments, or the zero row if there is none.
func firstMoment(ctx context.Context, q database.Querier, condition string, args ...any) (momentRow, error) {
	r, err := database.One[momentRow](ctx, q, momentColumns+condition+" LIMIT 1", args...)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		return r, fmt.Errorf("find moment: %w", err)
	}
	return r, nil
}

// Moment returns the moment that a caller names in a field of its request; nil for "".
func (s *Store) Moment(ctx context.Context, q database.Querier, field, text string) (*Moment, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // the present
	}
	if log, digits, found := strings.Cut(strings.TrimPrefix(text, "logs/"), ":"); found && strings.HasPrefix(text, "logs/") {
		position, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return nil, fault.Invalid(field, "POSITION_MALFORMED", "is not of the form logs/action:1234")
		}
		return momentOfPosition(ctx, q, field, log, position)
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, fault.Invalid(field, "TIME_MALFORMED", "is not a time of the calendar, such as 2019-12-20T08:00:00Z")
	}
	if at.After(s.now()) {
		return nil, fault.Invalid(field, "TIME_IN_FUTURE", "must not be later than now")
	}
	return momentOfTime(ctx, q, at)
}

// momentOfTime returns the state that report had at a time.
func momentOfTime(ctx context.Context, q database.Querier, at time.Time) (*Moment, error) {
	newest, err := firstMoment(ctx, q, "WHERE time_us <= $1 ORDER BY time_us DESC, generation DESC", at.UnixMicro())
	if err != nil {
		return nil, err
	}
	own, err := journal.SizeAt(ctx, q, at)
	if err != nil {
		return nil, fmt.Errorf("find moment: %w", err)
	}
	m := &Moment{Time: at, Own: own, positions: map[string]int64{}}
	err = m.fill(ctx, q, newest)
	return m, err
}

// fill sets the positions of the followed logs to those of a generation.
func (m *Moment) fill(ctx context.Context, q database.Querier, g momentRow) error {
	m.AsOf = &reportv1.AsOf{Generation: g.Generation, Time: timestamppb.New(time.UnixMicro(g.TimeUs))}
	for _, log := range []string{Action, Org, Village} { // sorted
		at, err := firstMoment(ctx, q, "WHERE log = $1 AND generation <= $2 ORDER BY position DESC", log, g.Generation)
		if err != nil {
			return err
		}
		m.positions[log] = at.Position
		m.AsOf.Positions = append(m.AsOf.GetPositions(), &reportv1.LogPosition{Log: "logs/" + log, Position: at.Position, Checkpoint: at.Checkpoint})
	}
	return nil
}

// momentOfPosition returns the state in which a log was applied exactly up to a position. The other logs are as of the
// batch that applied it, or the one before if the batch reached further.
func momentOfPosition(ctx context.Context, q database.Querier, field, log string, position int64) (*Moment, error) {
	if log == own {
		at, err := journal.TimeOf(ctx, q, position)
		if errors.Is(err, database.ErrNotFound) {
			return nil, beyond(field, log)
		}
		if err != nil {
			return nil, fmt.Errorf("find moment: %w", err)
		}
		m, err := momentOfTime(ctx, q, at)
		if err == nil {
			m.Own = position
		}
		return m, err
	}
	covering, err := firstMoment(ctx, q, "WHERE log = $1 AND position >= $2 ORDER BY position", log, position)
	if err != nil {
		return nil, err
	}
	if position > 0 && covering.Generation == 0 {
		return nil, beyond(field, log)
	}
	upTo, err := firstMoment(ctx, q, "WHERE log = $1 AND position <= $2 ORDER BY position DESC", log, position)
	if err != nil {
		return nil, err
	}
	m, err := momentOfTime(ctx, q, time.UnixMicro(upTo.TimeUs))
	if err != nil {
		return nil, err
	}
	if err := m.fill(ctx, q, upTo); err != nil {
		return nil, err
	}
	m.positions[log] = position
	for _, p := range m.AsOf.GetPositions() {
		if p.GetLog() == "logs/"+log {
			p.Position, p.Checkpoint = position, covering.Checkpoint
		}
	}
	return m, nil
}

func beyond(field, log string) error {
	return fault.OutOfRange(field, "BEYOND_APPLIED", "is beyond what report has applied of logs/%s, or of a log that it does not follow", log)
}
