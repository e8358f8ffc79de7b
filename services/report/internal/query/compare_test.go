package query

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

// compared returns the changes of all pages.
func (w *world) compared(ctx context.Context, r *reportv1.CompareFiguresRequest) []*reportv1.FigureChange {
	w.t.Helper()
	r = proto.CloneOf(r)
	var changes []*reportv1.FigureChange
	for {
		answer, err := w.CompareFigures(ctx, r)
		if err != nil {
			w.t.Fatalf("%v: %v", r, err)
		}
		changes = append(changes, answer.GetChanges()...)
		if r.PageToken = answer.GetNextPageToken(); r.GetPageToken() == "" {
			return changes
		}
	}
}

func (w *world) position() string { return fmt.Sprintf("logs/action:%d", w.ends["action"]) }

func TestTheCorrectedEntryIsNamedAndOthersAreNot(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 5)
		w.deliver(60)
		here := &actionv1.Delivery{Name: campaignName + "/deliveries/here"}
		there := &actionv1.Delivery{Name: campaignName + "/deliveries/there"}
		for _, d := range []*actionv1.Delivery{here, there} {
			w.amend(d)
			d.Indicator, d.Measure, d.ValueFen, d.Quantity, d.Village = "I0", actionv1.Delivery_CASH, 700, 3, "villages/433124001201"
		}
		there.Village = "villages/430524001201"
		w.write("action", here.GetName(), 1, here)
		w.write("action", there.GetName(), 1, there)
		w.apply()
		before := w.position()
		here.ValueFen, there.ValueFen = 900, 100
		w.write("action", here.GetName(), 2, here)
		entry := w.ends["action"]
		w.write("action", there.GetName(), 2, there)
		here.State = actionv1.Delivery_CONFIRMED
		w.write("action", here.GetName(), 3, here)
		w.apply()

		r := &reportv1.CompareFiguresRequest{Parent: campaignName, Before: before, Filter: `county = "divisions/433124000000"`}
		changes := w.compared(auditor(t.Context()), r)
		if len(changes) != 1 || changes[0].GetResource() != here.GetName() || changes[0].GetPosition() != entry+2 || changes[0].GetRevision() != 3 ||
			changes[0].GetBefore().GetCashFen() != 700 || changes[0].GetAfter().GetCashFen() != 900 {
			t.Errorf("the changes in the county are %v", changes)
		}
		r.Filter += ` AND stage = CONFIRMED`
		if changes := w.compared(auditor(t.Context()), r); len(changes) != 1 || changes[0].GetBefore() != nil || changes[0].GetAfter().GetCount() != 1 {
			t.Errorf("the changes among confirmed deliveries are %v", changes)
		}
		r.Filter = ""
		clerk := access.With(t.Context(), access.Principal{Subject: "clerk", Grants: []*accessv1.Grant{{Role: accessv1.Grant_COUNTY_CLERK, Area: "430524"}}})
		if changes := w.compared(clerk, r); len(changes) != 1 || changes[0].GetResource() != there.GetName() {
			t.Errorf("the changes that the clerk of another county sees are %v", changes)
		}
		r.After = before
		if changes := w.compared(auditor(t.Context()), r); len(changes) != 0 {
			t.Errorf("between a moment and itself are the changes %v", changes)
		}
	})
}

func TestTheChangesAddUpToTheDifference(t *testing.T) {
	w := newWorld(t, servertest.Database(t), 6)
	var moments []string
	for range 5 {
		w.deliver(80)
		w.apply()
		moments = append(moments, w.position())
	}
	for i, before := range moments {
		for _, after := range append(moments[i:], "") {
			for _, filter := range []string{"", `measure = CASH`, `county = "divisions/433124000000"`, `stage = CONFIRMED`, `organization.level = PROVINCIAL AND month = "2019-09"`} {
				ctx := auditor(t.Context())
				var count, cash int64
				for _, c := range w.compared(ctx, &reportv1.CompareFiguresRequest{Parent: campaignName, Before: before, After: after, Filter: filter, PageSize: 100}) {
					count += c.GetAfter().GetCount() - c.GetBefore().GetCount()
					cash += c.GetAfter().GetCashFen() - c.GetBefore().GetCashFen()
				}
				for sign, at := range map[int64]string{1: after, -1: before} {
					for _, row := range w.all(ctx, &reportv1.QueryFiguresRequest{Parent: campaignName, Filter: filter, AsKnownAt: at}) {
						count -= sign * row.GetCount()
						cash -= sign * row.GetCashFen()
					}
				}
				if count != 0 || cash != 0 {
					t.Errorf("%s to %s, %s: %d deliveries and %d fen are not explained", before, after, filter, count, cash)
				}
			}
		}
	}
	_, err := w.CompareFigures(auditor(t.Context()), &reportv1.CompareFiguresRequest{Parent: campaignName, Before: moments[1], After: moments[0]})
	if f, ok := fault.From(err); !ok || f.Code() != codes.InvalidArgument || f.Violations()[0].Field != "before" || f.Chinese() == "" {
		t.Errorf("a later moment before an earlier one: %v", err)
	}
}
