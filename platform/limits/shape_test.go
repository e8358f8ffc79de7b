package limits_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/limits"
)

func batch(n int, one *villagev1.Need) *villagev1.BatchCreateNeedsRequest {
	r := &villagev1.BatchCreateNeedsRequest{}
	for range n {
		r.Requests = append(r.Requests, &villagev1.CreateNeedRequest{Parent: "villages/433124001201", Need: proto.CloneOf(one)})
	}
	return r
}

func TestOnlyRequestsOfManyThingsMayBeLarge(t *testing.T) {
	for _, c := range []struct {
		request proto.Message
		want    int
	}{
		{&orgv1.CreateOrganizationRequest{}, 1 << 20},
		{&orgv1.BatchGetOrganizationsRequest{}, 1 << 20},
		{&reportv1.GetBulletinRequest{}, 1 << 20},
		{&actionv1.CreateCampaignRequest{}, 1 << 20},
		{&villagev1.CreateScopeRequest{}, 16 << 20},
		{&orgv1.BatchCreateOrganizationsRequest{}, 16 << 20},
		{&villagev1.ImportDivisionsRequest{}, 16 << 20},
	} {
		if got := limits.MaxBytes(c.request.ProtoReflect().Descriptor()); got != c.want {
			t.Errorf("%s may have %d bytes, want %d", c.request.ProtoReflect().Descriptor().Name(), got, c.want)
		}
	}
}

// live returns the memory in use after a collection.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}

func TestAnEstimateIsNoLessThanWhatIsTakenAndNotFarAboveIt(t *testing.T) {
	for name, m := range map[string]proto.Message{
		"empty elements":  batch(20_000, nil),
		"empty messages":  batch(20_000, &villagev1.Need{}),
		"texts":           batch(2_000, &villagev1.Need{Unit: strings.Repeat("路", 100), Description: strings.Repeat("x", 1000)}),
		"a list of texts": &orgv1.BatchGetOrganizationsRequest{Names: strings.Split(strings.Repeat("organizations/51430000MJJ509249B,", 1000), ",")[:1000]},
	} {
		t.Run(name, func(t *testing.T) {
			shape := limits.ShapeOf(m.ProtoReflect().Descriptor())
			wire, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			text, err := protojson.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			byWire, err := shape.Wire(wire)
			if err != nil {
				t.Fatal(err)
			}
			byJSON, err := shape.JSON(text)
			if err != nil {
				t.Fatal(err)
			}
			before, copied := live(), m.ProtoReflect().New().Interface()
			if err := proto.Unmarshal(wire, copied); err != nil {
				t.Fatal(err)
			}
			taken := live() - before
			for _, kept := range []any{m, wire, text, copied} {
				runtime.KeepAlive(kept)
			}
			for how, estimate := range map[string]int64{"on the wire": byWire, "as JSON": byJSON} {
				if estimate < taken*3/4 || estimate > taken*3/2+(64<<10) {
					t.Errorf("%s it is estimated at %d bytes and takes %d", how, estimate, taken)
				}
			}
		})
	}
}

func TestAListWithTooManyElementsIsNamed(t *testing.T) {
	shape := limits.ShapeOf((&villagev1.BatchCreateNeedsRequest{}).ProtoReflect().Descriptor())
	number := (&villagev1.BatchCreateNeedsRequest{}).ProtoReflect().Descriptor().Fields().ByName("requests").Number()
	for n, want := range map[int]string{20_000: "", 20_001: "requests", 8_000_000: "requests"} {
		element := protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), nil)
		_, byWire := shape.Wire([]byte(strings.Repeat(string(element), n)))
		_, byJSON := shape.JSON([]byte(`{"requests":[` + strings.Repeat("{},", n-1) + `{}]}`))
		for how, err := range map[string]error{"on the wire": byWire, "as JSON": byJSON} {
			var excess *limits.Excess
			if got := errors.As(err, &excess); got != (want != "") || got && (excess.Field != want || excess.Most != 20_000) {
				t.Errorf("%d elements %s: %v, want %q", n, how, err, want)
			}
		}
	}
}

func TestAListInsideOfAnElementIsNamedWithItsPlace(t *testing.T) {
	shape := limits.ShapeOf((&actionv1.CreateCampaignRequest{}).ProtoReflect().Descriptor())
	many := &actionv1.CreateCampaignRequest{Campaign: &actionv1.Campaign{Headings: make([]*actionv1.Heading, 101)}}
	for i := range many.GetCampaign().GetHeadings() {
		many.Campaign.Headings[i] = &actionv1.Heading{}
	}
	wire, err := proto.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	_, byWire := shape.Wire(wire)
	_, byJSON := shape.JSON(text)
	for _, err := range []error{byWire, byJSON} {
		if excess := (*limits.Excess)(nil); !errors.As(err, &excess) || excess.Field != "campaign.headings" {
			t.Errorf("%v, want campaign.headings", err)
		}
	}
}

func TestWhatIsNoMessageIsAnError(t *testing.T) {
	shape := limits.ShapeOf((&villagev1.BatchCreateNeedsRequest{}).ProtoReflect().Descriptor())
	for name, wire := range map[string][]byte{"garbage": {0xff, 0xff}, "cut off": {0x0a, 5, 1}, "an end without a beginning": {0x0c}} {
		if _, err := shape.Wire(wire); err == nil {
			t.Errorf("%s is measured", name)
		}
	}
}

func FuzzJSONIsReadToItsEnd(f *testing.F) {
	f.Add(`{"requests":[{"need":{"title":"\\\"}]"}},null,3],"requestId":"x"}`)
	shape := limits.ShapeOf((&villagev1.BatchCreateNeedsRequest{}).ProtoReflect().Descriptor())
	f.Fuzz(func(t *testing.T, text string) {
		if bytes, _ := shape.JSON([]byte(text)); bytes > int64(1000*len(text)+1000) {
			t.Errorf("%q is estimated at %d bytes", text, bytes)
		}
	})
}
