package rollup

import (
	"context"
	"fmt"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// Cell is a stored sum with its place and month.
type Cell struct {
	Division int64
	Month    int64 // YYYYMM
	figure.Cell
}

type cellRow struct {
	Division          int64  `db:"division"`
	Month             int64  `db:"month"`
	Action            string `db:"action"`
	Indicator         string `db:"indicator"`
	Measure           int32  `db:"measure"`
	N                 int64  `db:"n"`
	Quantity          int64  `db:"quantity"`
	Fen               int64  `db:"fen"`
	ConfirmedN        int64  `db:"confirmed_n"`
	ConfirmedQuantity int64  `db:"confirmed_quantity"`
	ConfirmedFen      int64  `db:"confirmed_fen"`
}

func (r cellRow) cell() Cell {
	return Cell{r.Division, r.Month, figure.Cell{
		Action: r.Action, Indicator: r.Indicator, Measure: actionv1.Delivery_Measure(r.Measure),
		Recorded:  figure.Sum{Deliveries: r.N, Quantity: r.Quantity, Fen: r.Fen},
		Confirmed: figure.Sum{Deliveries: r.ConfirmedN, Quantity: r.ConfirmedQuantity, Fen: r.ConfirmedFen},
	}}
}

// Cells are the sums of a whole campaign by month, action, indicator and measure, oldest month first.
func Cells(ctx context.Context, q database.Querier, campaign string) ([]Cell, error) {
	return cells(ctx, q, `SELECT division, month, action, indicator, measure, n, quantity, fen, confirmed_n, confirmed_quantity, confirmed_fen
		FROM cells WHERE campaign = $1 AND division = 0 AND n <> 0
		ORDER BY month, action, indicator, measure`, campaign)
}

// CountyCells are the sums of a campaign by county and measure, over all months, actions and indicators. Quantities are
// left out, since their units differ.
func CountyCells(ctx context.Context, q database.Querier, campaign string) ([]Cell, error) {
	return cells(ctx, q, `SELECT division, measure, CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(fen) AS BIGINT) AS fen,
			CAST(SUM(confirmed_n) AS BIGINT) AS confirmed_n, CAST(SUM(confirmed_fen) AS BIGINT) AS confirmed_fen
		FROM cells WHERE campaign = $1 AND division BETWEEN 100000 AND 999999 AND n <> 0
		GROUP BY division, measure ORDER BY division, measure`, campaign)
}

func cells(ctx context.Context, q database.Querier, query, campaign string) ([]Cell, error) {
	rows, err := database.All[cellRow](ctx, q, query, campaign)
	if err != nil {
		return nil, fmt.Errorf("load sums of %s: %w", campaign, err)
	}
	out := make([]Cell, len(rows))
	for i, r := range rows {
		out[i] = r.cell()
	}
	return out, nil
}

type reachRow struct {
	Division               int64        `db:"division"`
	Slice                  figure.Slice `db:"slice"`
	Organizations          int64        `db:"organizations"`
	Villages               int64        `db:"villages"`
	ConfirmedOrganizations int64        `db:"confirmed_organizations"`
	ConfirmedVillages      int64        `db:"confirmed_villages"`
}

func (r reachRow) reach() figure.Reach {
	return figure.Reach{
		Organizations: r.Organizations, Villages: r.Villages,
		ConfirmedOrganizations: r.ConfirmedOrganizations, ConfirmedVillages: r.ConfirmedVillages,
	}
}

const selectReaches = "SELECT division, slice, organizations, villages, confirmed_organizations, confirmed_villages FROM reaches "

// Reaches counts who stands behind each slice of a whole campaign.
func Reaches(ctx context.Context, q database.Querier, campaign string) (map[figure.Slice]figure.Reach, error) {
	rows, err := database.All[reachRow](ctx, q, selectReaches+"WHERE campaign = $1 AND division = 0", campaign)
	if err != nil {
		return nil, fmt.Errorf("load reach of %s: %w", campaign, err)
	}
	out := make(map[figure.Slice]figure.Reach, len(rows))
	for _, r := range rows {
		out[r.Slice] = r.reach()
	}
	return out, nil
}

// CountyReaches counts who stands behind all deliveries of a campaign in each county, by its six digits.
func CountyReaches(ctx context.Context, q database.Querier, campaign string) (map[int64]figure.Reach, error) {
	rows, err := database.All[reachRow](ctx, q, selectReaches+"WHERE campaign = $1 AND slice = '' AND division BETWEEN 100000 AND 999999", campaign)
	if err != nil {
		return nil, fmt.Errorf("load reach of the counties of %s: %w", campaign, err)
	}
	out := make(map[int64]figure.Reach, len(rows))
	for _, r := range rows {
		out[r.Division] = r.reach()
	}
	return out, nil
}

// Totals are the sums and reach of a whole campaign.
func Totals(ctx context.Context, q database.Querier, campaign string) (figure.Totals, error) {
	stored, err := cells(ctx, q, `SELECT action, indicator, measure, CAST(SUM(n) AS BIGINT) AS n,
			CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(fen) AS BIGINT) AS fen,
			CAST(SUM(confirmed_n) AS BIGINT) AS confirmed_n,
			CAST(SUM(confirmed_quantity) AS BIGINT) AS confirmed_quantity, CAST(SUM(confirmed_fen) AS BIGINT) AS confirmed_fen
		FROM cells WHERE campaign = $1 AND division = 0
		GROUP BY action, indicator, measure ORDER BY action, indicator, measure`, campaign)
	if err != nil {
		return figure.Totals{}, err
	}
	var t figure.Totals
	for _, c := range stored {
		t.Cells = append(t.Cells, c.Cell)
	}
	if t.Reach, err = Reaches(ctx, q, campaign); err != nil {
		return figure.Totals{}, err
	}
	t.Reach[figure.OfProvinces], err = provincialReach(ctx, q, campaign)
	return t, err
}

// provincialReach counts the organizations of a whole campaign that provinces registered, which takes as many rows as it
// has organizations.
func provincialReach(ctx context.Context, q database.Querier, campaign string) (figure.Reach, error) {
	type counts struct {
		Recorded  int64 `db:"recorded"`
		Confirmed int64 `db:"confirmed"`
	}
	c, err := database.One[counts](ctx, q, `SELECT COUNT(CASE WHEN n > 0 THEN 1 END) AS recorded,
			COUNT(CASE WHEN confirmed_n > 0 THEN 1 END) AS confirmed
		FROM members WHERE campaign = $1 AND slice = '' AND division = 0
			AND member >= 'organizations/' AND member < 'organizations0' AND `+byProvince("member"), campaign)
	if err != nil {
		return figure.Reach{}, fmt.Errorf("count provincial organizations of %s: %w", campaign, err)
	}
	return figure.Reach{Organizations: c.Recorded, ConfirmedOrganizations: c.Confirmed}, nil
}

// byProvince is the condition that the organization named in a column was registered by a province. Digits 3 to 8 of its
// USCC are the division code of the authority (GB 32100-2015): 0000 ends a province's, and 100000 is the state's own.
func byProvince(column string) string {
	return column + " LIKE 'organizations/____0000%' AND " + column + " NOT LIKE 'organizations/__100000%'"
}
