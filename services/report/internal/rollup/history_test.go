package rollup

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

// history generates a journal of deliveries that are created, amended, moved, confirmed, disputed and voided.
type history struct {
	r          *rand.Rand
	deliveries []*actionv1.Delivery
	revisions  []int64
	entries    []*journalv1.Entry
}

func newHistory(seed uint64) *history {
	return &history{r: rand.New(rand.NewPCG(seed, 1))}
}

func (h *history) write(tb testing.TB, n int) []*journalv1.Entry {
	tb.Helper()
	for range n {
		i := h.r.IntN(len(h.deliveries) + 1)
		if i == len(h.deliveries) || h.r.IntN(3) == 0 {
			i = len(h.deliveries)
			h.delivery()
		} else {
			h.change(h.deliveries[i])
		}
		h.revisions[i]++
		h.append(tb, h.deliveries[i].GetName(), h.revisions[i], h.deliveries[i])
	}
	return h.entries
}

// delivery generates a new delivery, without writing it.
func (h *history) delivery() *actionv1.Delivery {
	d := &actionv1.Delivery{Name: fmt.Sprintf("campaigns/c%d/deliveries/%08d", h.r.IntN(2), len(h.deliveries))}
	h.amend(d)
	h.deliveries, h.revisions = append(h.deliveries, d), append(h.revisions, 0)
	return d
}

func (h *history) append(tb testing.TB, name string, revision int64, m proto.Message) {
	tb.Helper()
	body, err := anypb.New(m)
	if err != nil {
		tb.Fatal(err)
	}
	record, err := proto.Marshal(&journalv1.Record{Resource: name, Revision: revision, Body: body})
	if err != nil {
		tb.Fatal(err)
	}
	h.entries = append(h.entries, &journalv1.Entry{Position: int64(len(h.entries) + 1), Record: record})
}

func (h *history) change(d *actionv1.Delivery) {
	switch h.r.IntN(5) {
	case 0:
		d.State = actionv1.Delivery_CONFIRMED
	case 1:
		d.State = actionv1.Delivery_DISPUTED
	case 2:
		d.State = actionv1.Delivery_VOID
	default:
		h.amend(d)
	}
}

// amend sets all fields that affect figures. It uses few villages and organizations, so that they often appear in and
// disappear from a count.
func (h *history) amend(d *actionv1.Delivery) {
	d.Action = fmt.Sprintf("action-%d", h.r.IntN(3))
	d.Indicator = fmt.Sprintf("I%d", h.r.IntN(5))
	organization := h.r.IntN(12)
	authorities := [...]string{"430000", "433124", "100000"} // of a province, of a county and of the country
	d.Organization = fmt.Sprintf("organizations/51%s00000000%02d", authorities[organization%3], organization)
	codes := []int64{433124001201, 433184001201, 433124001202, 433124002201, 433122001201, 430524001201, 450102003004}
	d.Village = villageName(codes[h.r.IntN(len(codes))])
	d.DeliveryDate = &date.Date{Year: 2019, Month: int32(8 + h.r.IntN(3)), Day: int32(1 + h.r.IntN(28))}
	d.Quantity, d.ValueFen, d.Measure = int64(h.r.IntN(100)), 0, actionv1.Delivery_Measure(h.r.IntN(4))
	if d.GetMeasure() != 0 {
		d.ValueFen = 1 + int64(h.r.IntN(1_000_000))
	}
	d.State = actionv1.Delivery_RECORDED
}
