package rollup

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
)

// fact is a delivery as one entry states it.
type fact struct {
	Name         string `db:"name"`
	Revision     int64  `db:"revision"`
	Position     int64  `db:"position"`
	Campaign     string `db:"campaign"`
	Action       string `db:"action"`
	Indicator    string `db:"indicator"`
	Organization string `db:"organization"`
	Village      int64  `db:"village"`
	Day          int64  `db:"day"`
	Quantity     int64  `db:"quantity"`
	Measure      int64  `db:"measure"`
	Fen          int64  `db:"fen"`
	State        int64  `db:"state"`
}

const factColumns = "name, revision, position, campaign, action, indicator, organization, village, day, quantity, measure, fen, state"

func (f fact) values() []any {
	return []any{
		f.Name, f.Revision, f.Position, f.Campaign, f.Action, f.Indicator, f.Organization, f.Village, f.Day, f.Quantity,
		f.Measure, f.Fen, f.State,
	}
}

// change is what one entry means to report. Exactly one of its parts is set, or none if it means nothing.
type change struct {
	position, revision int64
	name               string
	fact               *fact
	campaign           []byte // the serialized Campaign
	scope              *villagev1.Scope
	division           *villagev1.Division
	succession         *villagev1.Succession
}

// decode reads entries as far as report knows them.
func decode(entries []*journalv1.Entry) ([]change, error) {
	out := make([]change, len(entries))
	for i, e := range entries {
		var r journalv1.Record
		if err := proto.Unmarshal(e.GetRecord(), &r); err != nil {
			return nil, fmt.Errorf("decode entry %d: %w", e.GetPosition(), err)
		}
		out[i] = change{position: e.GetPosition(), revision: r.GetRevision(), name: r.GetResource()}
		if err := out[i].read(&r); err != nil {
			return nil, fmt.Errorf("decode entry %d (%s): %w", e.GetPosition(), r.GetResource(), err)
		}
	}
	return out, nil
}

func (c *change) read(r *journalv1.Record) error {
	switch body := r.GetBody(); body.MessageName() {
	case "wancun.action.v1.Delivery":
		d := &actionv1.Delivery{}
		if err := proto.Unmarshal(body.GetValue(), d); err != nil {
			return err
		}
		return c.readDelivery(d)
	case "wancun.action.v1.Campaign":
		c.campaign = body.GetValue()
		return proto.Unmarshal(c.campaign, &actionv1.Campaign{})
	case "wancun.village.v1.Scope":
		c.scope = &villagev1.Scope{}
		return proto.Unmarshal(body.GetValue(), c.scope)
	case "wancun.village.v1.Division":
		if !strings.HasSuffix(r.GetResource(), "000000") {
			return nil // townships and villages are never headings
		}
		c.division = &villagev1.Division{}
		return proto.Unmarshal(body.GetValue(), c.division)
	case "wancun.village.v1.Succession":
		c.succession = &villagev1.Succession{}
		return proto.Unmarshal(body.GetValue(), c.succession)
	default:
		return nil
	}
}

func (c *change) readDelivery(d *actionv1.Delivery) error {
	parts := strings.Split(c.name, "/")
	if len(parts) != 4 {
		return errors.New("not the name of a delivery")
	}
	village, err := villageCode(d.GetVillage())
	if err != nil {
		return err
	}
	c.fact = &fact{
		Name: c.name, Revision: c.revision, Position: c.position, Campaign: parts[1],
		Action: d.GetAction(), Indicator: d.GetIndicator(), Organization: d.GetOrganization(), Village: village,
		Day: int64(day.Number(d.GetDeliveryDate())), Quantity: d.GetQuantity(), Measure: int64(d.GetMeasure()), Fen: d.GetValueFen(),
		State: int64(d.GetState()),
	}
	return nil
}

func villageCode(name string) (int64, error) {
	digits := strings.TrimPrefix(name, "villages/")
	code, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || len(digits) != 12 {
		return 0, fmt.Errorf("%q is not the name of a village", name)
	}
	return code, nil
}

func villageName(code int64) string { return fmt.Sprintf("villages/%012d", code) }

// latest is the newest revision of each resource among the changes that keep picks, in the order of their names.
func latest(changes []change, keep func(change) bool) []change {
	newest := map[string]change{}
	for _, c := range changes {
		if keep(c) && c.revision >= newest[c.name].revision {
			newest[c.name] = c
		}
	}
	return slices.SortedFunc(maps.Values(newest), func(a, b change) int { return cmp.Compare(a.name, b.name) })
}
