package resource_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

func TestEachVerbRefusesADayThatTheFieldCannotHold(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 1)
	surveyed := func(on day.Day) *villagev1.Need {
		n := someNeed(1)
		n.SurveyDate = on.Date()
		return n
	}
	for _, c := range []struct {
		name   string
		on     day.Day
		reason string
	}{
		{"30 February", 2019_02_30, "NOT_A_DAY"},
		{"a month", 2019_08_00, "NOT_A_DAY"},
		{"the day before", 2019_08_19, ""},
		{"today in China", 2019_08_20, ""},
		{"tomorrow in China", 2019_08_21, "IN_THE_FUTURE"},
		{"years ahead", 2030_01_01, "IN_THE_FUTURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Midnight in China, when it is still the day before in UTC.
			k.clock.Store(time.Date(2019, 8, 19, 16, 0, 0, 0, time.UTC).UnixMicro())
			dry := func(n *villagev1.Need) *villagev1.CreateNeedRequest {
				return &villagev1.CreateNeedRequest{Parent: luxi, Need: n, ValidateOnly: true}
			}
			changed := surveyed(c.on)
			changed.Name, changed.Quantity = made.GetName(), 2
			_, created := k.needs.Create(province(), dry(surveyed(c.on)), nil)
			_, several := resource.BatchCreate[manyNeeds](province(), k.needs, &villagev1.BatchCreateNeedsRequest{
				Parent: luxi, ValidateOnly: true, Requests: []*villagev1.CreateNeedRequest{dry(surveyed(2019_08_01)), dry(surveyed(c.on))},
			}, nil)
			_, updated := k.needs.Update(province(), &villagev1.UpdateNeedRequest{
				Need: changed, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"survey_date", "quantity"}},
			}, nil)
			for _, answer := range []struct {
				field string
				err   error
			}{{"need.survey_date", created}, {"requests[1].need.survey_date", several}, {"need.survey_date", updated}} {
				if c.reason == "" {
					check(t, answer.err)
					continue
				}
				wantFault(t, answer.err, codes.InvalidArgument, "INVALID_REQUEST", answer.field)
				if refused, _ := fault.From(answer.err); refused.Violations()[0].Reason != c.reason {
					t.Errorf("%v, want the reason %s", answer.err, c.reason)
				}
			}
		})
	}
}

func TestDaysAreFoundWhereverAResourceHoldsThem(t *testing.T) {
	on := func(month, dayOfMonth int32) *date.Date { return &date.Date{Year: 2019, Month: month, Day: dayOfMonth} }
	for name, c := range map[string]struct {
		m    proto.Message
		want map[string]string
	}{
		"an optional day": {&actionv1.Campaign{StartDate: on(5, 0), EndDate: on(11, 31)}, map[string]string{
			"start_date": "NOT_A_DAY: must be a day of the calendar", "end_date": "NOT_A_DAY: must be a day of the calendar, or absent",
		}},
		"days ahead":               {&actionv1.Campaign{StartDate: on(12, 1), EndDate: on(12, 31)}, nil},
		"a day that is absent":     {&actionv1.Campaign{StartDate: on(5, 1)}, nil},
		"a required day, not here": {&villagev1.Need{}, nil}, // the annotation checks it
		"days of a list": {&villagev1.Scope{Members: []*villagev1.ScopeMember{{ValidFrom: on(1, 1)}, {ValidFrom: on(2, 30), ValidTo: on(13, 1)}}}, map[string]string{
			"members[1].valid_from": "NOT_A_DAY: must be a day of the calendar", "members[1].valid_to": "NOT_A_DAY: must be a day of the calendar, or absent",
		}},
		"a day after today":          {&reportv1.Statement{AsOf: on(8, 21)}, map[string]string{"as_of": "IN_THE_FUTURE: must not be after today"}},
		"a day that the service set": {&villagev1.Division{ValidFrom: on(2, 30)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got map[string]string
			for _, v := range resource.WrongDays(c.m, 2019_08_20) {
				if got == nil {
					got = map[string]string{}
				}
				got[v.Field] = v.Reason + ": " + v.Description
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
