package rollup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// retryAfter is the retry delay for callers while another version owns the rollups.
const retryAfter = 5 * time.Second

// AsOf returns the generation and the positions that q contains. Callers that read sums must call it in the same
// snapshot: it returns UNAVAILABLE while the rollups have a shape that this code would misread: FIGURES_BEING_COUNTED
// until a build of the shape of this code is live, ROLLUPS_OF_ANOTHER_VERSION if newer code built them. For an earlier
// moment it returns what it returned then.
func AsOf(ctx context.Context, q database.Querier, m *Moment) (*reportv1.AsOf, error) {
	type generation struct {
		Generation int64 `db:"generation"`
		TimeUs     int64 `db:"time_us"`
		Shape      int64 `db:"shape"`
	}
	g, err := database.One[generation](ctx, q, "SELECT generation, time_us, shape FROM generations WHERE one = 1")
	if err != nil {
		return nil, fmt.Errorf("read generation: %w", err)
	}
	switch {
	case m != nil: // figures of an earlier moment are computed from facts
		return proto.CloneOf(m.AsOf), nil
	case g.Shape < shape():
		return nil, fault.Unavailable("FIGURES_BEING_COUNTED", retryAfter, errOtherShape)
	case g.Shape > shape():
		return nil, fault.Unavailable("ROLLUPS_OF_ANOTHER_VERSION", retryAfter, errOtherShape)
	}
	type position struct {
		Log        string `db:"log"`
		Position   int64  `db:"position"`
		Checkpoint string `db:"checkpoint"`
	}
	positions, err := database.All[position](ctx, q, "SELECT log, position, checkpoint FROM cursors ORDER BY log")
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	a := &reportv1.AsOf{Generation: g.Generation, Time: timestamppb.New(time.UnixMicro(g.TimeUs))}
	for _, p := range positions {
		a.Positions = append(a.Positions, &reportv1.LogPosition{Log: "logs/" + p.Log, Position: p.Position, Checkpoint: p.Checkpoint})
	}
	return a, nil
}

// Applied returns the checkpoints that cover the applied entries of each log. It omits logs without applied entries.
func Applied(ctx context.Context, q database.Querier) (map[string]string, error) {
	type cursor struct {
		Log        string `db:"log"`
		Checkpoint string `db:"checkpoint"`
	}
	rows, err := database.All[cursor](ctx, q, "SELECT log, checkpoint FROM cursors WHERE position > 0 AND checkpoint <> ''")
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[r.Log] = r.Checkpoint
	}
	return out, nil
}

// Campaign returns a campaign as it was at a moment, or NOT_FOUND.
func Campaign(ctx context.Context, q database.Querier, name string, m *Moment) (*actionv1.Campaign, error) {
	body, err := database.One[[]byte](ctx, q, "SELECT body FROM campaigns WHERE name = $1 AND "+m.valid(Action, ""), name)
	if errors.Is(err, database.ErrNotFound) {
		return nil, fault.NotFound(name)
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	c := &actionv1.Campaign{}
	if err := proto.Unmarshal(body, c); err != nil {
		return nil, fmt.Errorf("decode %s: %w", name, err)
	}
	c.Name = name
	return c, nil
}

// Names are a division's names.
type Names struct {
	Chinese, English string
}

// Divisions returns the names of all known provinces, prefectures and counties, by their codes without trailing zeros.
func Divisions(ctx context.Context, q database.Querier) (map[int64]Names, error) {
	type division struct {
		Code    int64  `db:"code"`
		Chinese string `db:"display_name"`
		English string `db:"display_name_en"`
	}
	rows, err := database.All[division](ctx, q, "SELECT code, display_name, display_name_en FROM divisions")
	if err != nil {
		return nil, fmt.Errorf("load divisions: %w", err)
	}
	names := make(map[int64]Names, len(rows))
	for _, r := range rows {
		names[r.Code] = Names{r.Chinese, r.English}
	}
	return names, nil
}
