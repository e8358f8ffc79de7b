package text_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/dynamicpb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/text"
)

func TestEveryTextOfAMessageIsNormalised(t *testing.T) {
	given := &villagev1.BatchCreateNeedsRequest{RequestId: " x ", Requests: []*villagev1.CreateNeedRequest{
		{Need: &villagev1.Need{Description: "one\u3000\r\ntwo", Category: "a\nb", Etag: " x "}},
		{Parent: "e\u0301"},
	}}
	want := &villagev1.BatchCreateNeedsRequest{RequestId: "x", Requests: []*villagev1.CreateNeedRequest{
		{Need: &villagev1.Need{Description: "one\ntwo", Category: "a b", Etag: " x "}},
		{Parent: "é"},
	}}
	if refused := text.Of(given.ProtoReflect().Descriptor()).Normalize(given); refused != nil {
		t.Errorf("refused: %v", refused)
	}
	if diff := cmp.Diff(want, given, protocmp.Transform()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheIdsOfRequestsAreInLowerCase(t *testing.T) {
	const id, capitals = "0195f0e0-7c00-7abc-8000-00000000000f", "0195F0E0-7C00-7ABC-8000-00000000000F"
	n := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			d := file.Messages().Get(i)
			if !strings.HasPrefix(string(d.FullName()), "wancun.") {
				continue
			}
			for _, name := range []protoreflect.Name{"request_id", "need_id", "delivery_id"} {
				f := d.Fields().ByName(name)
				if f == nil || !strings.HasSuffix(string(d.Name()), "Request") {
					continue
				}
				n++
				m := dynamicpb.NewMessage(d)
				m.Set(f, protoreflect.ValueOfString(capitals))
				if text.Of(d).Normalize(m); m.Get(f).String() != id {
					t.Errorf("%s stays %s: its rule must be uuid_or_empty", f.FullName(), m.Get(f))
				}
			}
		}
		return true
	})
	if n < 20 {
		t.Errorf("only %d fields were looked at", n)
	}
}

func TestWhatIsRefusedIsNamed(t *testing.T) {
	given := &villagev1.BatchGetVillagesRequest{Names: []string{"good", "bad\u200b"}}
	deep := &orgv1.BatchCreateOrganizationsRequest{Requests: []*orgv1.CreateOrganizationRequest{
		{}, {Organization: &orgv1.Organization{Contact: &orgv1.Contact{Person: "\u200b"}, DisplayName: "\ufeff"}},
	}}
	var got []string
	for _, m := range []proto.Message{given, deep} {
		before := proto.Clone(m)
		for _, v := range text.Of(m.ProtoReflect().Descriptor()).Normalize(m) {
			got = append(got, v.Field)
		}
		if !proto.Equal(before, m) {
			t.Errorf("what is refused was changed: %v", m)
		}
	}
	want := []string{"names[1]", "requests[1].organization.display_name", "requests[1].organization.contact.person"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTokensAndFiltersAreOpaque(t *testing.T) {
	n := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			m := file.Messages().Get(i)
			for _, name := range []protoreflect.Name{"page_token", "etag", "filter"} {
				f := m.Fields().ByName(name)
				if f == nil || !strings.HasPrefix(string(m.FullName()), "wancun.") || m.FullName().Parent() == "wancun.label.v1" {
					continue
				}
				n++
				if text.FormOf(f) != text.Opaque {
					t.Errorf("%s needs the rule %s: it must reach the service as it was sent", f.FullName(), name)
				}
			}
		}
		return true
	})
	if n < 30 {
		t.Errorf("only %d fields were looked at", n)
	}
}

func BenchmarkNormalize(b *testing.B) {
	r := &actionv1.CreateDeliveryRequest{Parent: "campaigns/five-special-actions-2019", Delivery: &actionv1.Delivery{
		Action: "hope", Indicator: "HP04", Organization: "organizations/53430000MJJ000039T", Village: "villages/433124599201",
		DeliveryDate: &date.Date{Year: 2019, Month: 8, Day: 20}, Quantity: 3, Note: "示例一村的捐赠物资，已于 8 月送达。",
	}}
	texts := text.Of(r.ProtoReflect().Descriptor())
	var refused []fault.Violation
	b.ReportAllocs()
	for b.Loop() {
		refused = texts.Normalize(r)
	}
	if refused != nil {
		b.Error(refused)
	}
}
