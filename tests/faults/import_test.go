package faults

import (
	"context"
	"errors"
	"fmt"
	"testing"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

const (
	messages   = 40
	perMessage = 1000
)

func TestAnImportThatIsKilledHasWrittenNothingAndCanBeSentAgain(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		for _, moment := range []struct {
			name    string
			reached func(*villagev1.ImportNeedsResponse) bool
		}{
			{"while it is checked", func(r *villagev1.ImportNeedsResponse) bool { return r.GetProgress().GetCheckedCount() > 0 }},
			{"while it is written", func(r *villagev1.ImportNeedsResponse) bool { return r.GetProgress().GetWrittenCount() > 0 }},
		} {
			before := journalSize(t, s)
			if _, err := importNeeds(s.As(t, "surveyor", world.Admin()), s, func(r *villagev1.ImportNeedsResponse) {
				if moment.reached(r) && !s.Ended() {
					s.Kill(t)
				}
			}); err == nil {
				t.Fatalf("%s: the import succeeded although the suite was killed", moment.name)
			}
			s = s.Again(t)
			if after := journalSize(t, s); after != before {
				t.Errorf("%s: the killed import has left %d entries", moment.name, after-before)
			}
		}
		r, err := importNeeds(s.As(t, "surveyor", world.Admin()), s, func(*villagev1.ImportNeedsResponse) {})
		if err != nil || r.GetResult().GetCreatedCount() != messages*perMessage {
			t.Errorf("the import is answered %v, %v, want all %d rows created", r, err, messages*perMessage)
		}
	})
}

// importNeeds sends the same import each time, calls seen for each message of the answer, and returns the last one.
func importNeeds(ctx context.Context, s *suite.Suite, seen func(*villagev1.ImportNeedsResponse)) (*villagev1.ImportNeedsResponse, error) {
	stream, err := villagev1.NewNeedServiceClient(s.Conn).ImportNeeds(ctx)
	if err != nil {
		return nil, err
	}
	for n := range messages {
		r := &villagev1.ImportNeedsRequest{}
		if n == 0 {
			r.RequestId = world.ID("killed import")
		}
		for i := range perMessage {
			r.Requests = append(r.Requests, aWell(n*perMessage+i))
		}
		if err := stream.Send(r); err != nil {
			return nil, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	for {
		r, err := stream.Recv()
		if err != nil {
			return nil, errors.Join(err, ctx.Err())
		}
		if seen(r); r.GetResult() != nil {
			return r, nil
		}
	}
}

func aWell(n int) *villagev1.CreateNeedRequest {
	return &villagev1.CreateNeedRequest{
		Parent: "villages/" + world.Village, NeedId: fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		Need: &villagev1.Need{Category: "wells", Quantity: int64(n + 1), Unit: "well", SurveyDate: world.Day(6, 1)},
	}
}

// journalSize returns the number of entries in the journal of the village service.
func journalSize(t *testing.T, s *suite.Suite) int64 {
	t.Helper()
	c, err := journalv1.NewJournalServiceClient(s.Conn).GetCheckpoint(s.As(t, "auditor", world.Admin()),
		&journalv1.GetCheckpointRequest{Log: "logs/village"})
	if err != nil {
		t.Fatalf("GetCheckpoint: %v", err)
	}
	return c.GetSize()
}
