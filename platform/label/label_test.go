package label_test

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	labelv1 "github.com/wancun/wancun/proto/gen/wancun/label/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/label"
)

func field(m interface{ ProtoReflect() protoreflect.Message }, name protoreflect.Name) protoreflect.FieldDescriptor {
	return m.ProtoReflect().Descriptor().Fields().ByName(name)
}

func method(file protoreflect.FileDescriptor, name protoreflect.Name) protoreflect.MethodDescriptor {
	return file.Services().Get(0).Methods().ByName(name)
}

func TestALabelIsFoundWhereItIsDeclared(t *testing.T) {
	needs, organizations := villagev1.File_wancun_village_v1_need_proto, orgv1.File_wancun_org_v1_organization_proto
	for name, c := range map[string]struct{ got, want label.Words }{
		"on the field":                    {label.Field(field(&orgv1.Organization{}, "supervising_body")), label.Words{Zh: "业务主管单位", En: "Supervising body"}},
		"on the field in both languages":  {label.Field(field(&actionv1.Delivery{}, "value_fen")), label.Words{Zh: "价值", En: "Value"}},
		"on the field before its name":    {label.Field(field(&villagev1.CreateNeedRequest{}, "parent")), label.Words{Zh: "村", En: "Village"}},
		"on the kind of its message":      {label.Field(field(&actionv1.Campaign{}, "need_categories")), label.Words{Zh: "需求类别", En: "Need categories"}},
		"by its name":                     {label.Field(field(&villagev1.Need{}, "create_time")), label.Words{Zh: "创建时间", En: "Created"}},
		"of a kind":                       {label.Kind((&actionv1.NeedCategory{}).ProtoReflect().Descriptor()), label.Words{Zh: "需求类别", En: "Need category"}},
		"of a value":                      {label.Value(orgv1.Organization_SOCIAL_GROUP.Descriptor().Values().ByNumber(1)), label.Words{Zh: "社会团体", En: "Social group"}},
		"of a value that is not given":    {label.Value(orgv1.Organization_SOCIAL_GROUP.Descriptor().Values().ByNumber(0)), label.Words{Zh: "未填", En: "Not given"}},
		"of a standard method":            {label.Verb(method(needs, "UpdateNeed")), label.Words{Zh: "修改", En: "Edit"}},
		"of a standard method of a batch": {label.Verb(method(organizations, "BatchGetOrganizations")), label.Words{Zh: "批量查看", En: "View several"}},
		"of a method of its own":          {label.Verb(method(needs, "SubmitNeed")), label.Words{Zh: "提交", En: "Submit"}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", name, c.got, c.want)
		}
	}
}

func TestALabelIsFoundByAPath(t *testing.T) {
	request := (&actionv1.BatchCreateDeliveriesRequest{}).ProtoReflect().Descriptor()
	for path, want := range map[string]label.Words{
		"requests[12].delivery.beneficiaries": {Zh: "受益人数", En: "Beneficiaries"},
		"requests[12].delivery":               {Zh: "交付", En: "Delivery"},
		"requests[12].delivery.colour":        {},
		"requests.delivery.note.x":            {},
		"":                                    {},
	} {
		if got := label.At(request, path); got != want {
			t.Errorf("%q: %+v, want %+v", path, got, want)
		}
	}
}

func TestAUnitIsFixedOrNamedByAField(t *testing.T) {
	if got := label.UnitOf(field(&actionv1.Delivery{}, "value_fen")).GetFixed(); got != labelv1.Unit_FEN {
		t.Errorf("the value is in %v", got)
	}
	if got := label.UnitOf(field(&villagev1.Need{}, "quantity")).GetNamedBy(); got != "unit" {
		t.Errorf("the unit of the quantity is named by %q", got)
	}
	if got := label.UnitOf(field(&villagev1.Need{}, "description")); got != nil {
		t.Errorf("the description is in %v", got)
	}
}

func TestAnAmountIsWrittenInTheUnitOfPeople(t *testing.T) {
	value, share := field(&actionv1.Delivery{}, "value_fen"), field(&reportv1.Figure{}, "itemised_share")
	for _, c := range []struct{ got, want label.Words }{
		{label.Amount(value, 1_234_500), label.Words{Zh: "12,345 元", En: "CNY 12,345"}},
		{label.Amount(value, 1_234_505), label.Words{Zh: "12,345.05 元", En: "CNY 12,345.05"}},
		{label.Amount(value, -5), label.Words{Zh: "-0.05 元", En: "CNY -0.05"}},
		{label.Amount(share, 1929), label.Words{Zh: "19.29%", En: "19.29%"}},
		{label.Amount(field(&actionv1.Delivery{}, "beneficiaries"), 2000), label.Words{Zh: "2,000 人", En: "2,000 people"}},
		{label.Amount(field(&villagev1.Need{}, "quantity"), 2000), label.Words{Zh: "2,000", En: "2,000"}},
	} {
		if c.got != c.want {
			t.Errorf("%+v, want %+v", c.got, c.want)
		}
	}
}
