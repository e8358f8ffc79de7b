package village_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// recoded returns the valley after an edition in which the county has another code and still two townships.
func recoded() []*villagev1.Division {
	return []*villagev1.Division{
		row("430000000000", "示例省"), row("433100000000", "示例州"), row("433184000000", "示例市"),
		row("433184101000", "东镇"), row("433184101201", "同名村"), row("433184101202", "东村"),
		row("433184102000", "西镇"), row("433184102201", "同名村"), row("433184102202", "西村"),
	}
}

func became(from, to string, kind villagev1.Succession_Kind) *villagev1.CreateSuccessionRequest {
	return &villagev1.CreateSuccessionRequest{Succession: &villagev1.Succession{
		Predecessor: "divisions/" + from, Successor: "divisions/" + to, Kind: kind, EffectiveDate: on(2020, 6, 30), SourceNote: "示例批复",
	}}
}

func TestWhatBecameOfADivisionIsRecordedAfterTheEditionThatEndsIt(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		c := start(t, db)
		imported(t, c, "2019-10-31", valley()...)
		renamed := became("433124000000", "433184000000", villagev1.Succession_RENAME)
		_, err := c.successions.CreateSuccession(provinceAdmin(t), renamed)
		refused(t, err, codes.FailedPrecondition, "succession.predecessor")

		imported(t, c, "2020-06-30", recoded()...)
		recorded, err := c.successions.CreateSuccession(provinceAdmin(t), renamed)
		if err != nil || recorded.GetName() != "successions/433124000000" || !recorded.GetDigitsKept() {
			t.Fatalf("CreateSuccession = %v, %v, want successions/433124000000 with its digits kept", recorded, err)
		}
		_, err = c.successions.CreateSuccession(provinceAdmin(t), became("433124000000", "433184000000", villagev1.Succession_MERGE))
		refused(t, err, codes.AlreadyExists, "")

		other := recorded
		other.Successor = "divisions/433184101000"
		_, err = c.successions.UpdateSuccession(provinceAdmin(t), &villagev1.UpdateSuccessionRequest{Succession: other})
		refused(t, err, codes.InvalidArgument, "succession.successor")

		before, err := c.successions.ListSuccessions(t.Context(), &villagev1.ListSuccessionsRequest{Filter: `successor = "divisions/433184000000"`})
		if err != nil || len(before.GetSuccessions()) != 1 {
			t.Fatalf("ListSuccessions = %v, %v, want one", before, err)
		}
		withdrawn, err := c.successions.UpdateSuccession(provinceAdmin(t), &villagev1.UpdateSuccessionRequest{
			Succession: &villagev1.Succession{Name: recorded.GetName(), Withdrawn: true},
		})
		if err != nil || !withdrawn.GetWithdrawn() {
			t.Fatalf("UpdateSuccession = %v, %v, want it withdrawn", withdrawn, err)
		}
		after, err := c.successions.ListSuccessions(t.Context(), &villagev1.ListSuccessionsRequest{Filter: "withdrawn = false"})
		if err != nil || len(after.GetSuccessions()) != 0 || after.GetGeneration() <= before.GetGeneration() {
			t.Errorf("ListSuccessions = %v, %v, want none, and a generation after %d", after, err, before.GetGeneration())
		}
	})
}

func TestSuccessionsOfAnEditionAreRecordedWholeOrNotAtAll(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		c := start(t, db)
		imported(t, c, "2019-10-31", valley()...)
		imported(t, c, "2020-06-30", recoded()...)
		batch := &villagev1.BatchCreateSuccessionsRequest{SkipIdentical: true, Requests: []*villagev1.CreateSuccessionRequest{
			became("433124000000", "433184000000", villagev1.Succession_MERGE),
			became("433124101000", "433184101000", villagev1.Succession_RENAME),
			became("433124102000", "433184103000", villagev1.Succession_RENAME),
		}}
		_, err := c.successions.BatchCreateSuccessions(provinceAdmin(t), batch)
		refused(t, err, codes.FailedPrecondition, "requests[2].succession.successor")
		_, err = c.successions.GetSuccession(t.Context(), &villagev1.GetSuccessionRequest{Name: "successions/433124000000"})
		refused(t, err, codes.NotFound, "")

		batch.Requests[2].Succession.Successor = "divisions/433184102000"
		for _, want := range [][2]int32{{3, 0}, {0, 3}} {
			r, err := c.successions.BatchCreateSuccessions(provinceAdmin(t), batch)
			if err != nil || r.GetCreatedCount() != want[0] || r.GetUnchangedCount() != want[1] {
				t.Errorf("BatchCreateSuccessions = %v, %v, want %d created and %d unchanged", r, err, want[0], want[1])
			}
		}
	})
}
