package fault_test

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/label"
)

func ofDelivery(name protoreflect.Name) protoreflect.FieldDescriptor {
	return (&actionv1.Delivery{}).ProtoReflect().Descriptor().Fields().ByName(name)
}

func TestAQuestionIsAskedInTheUnitOfPeople(t *testing.T) {
	for name, want := range map[protoreflect.Name][2]string{
		"value_fen": {
			"is CNY 20,000,000.50, and more than CNY 10,000,000 is not plausible: acknowledge IMPLAUSIBLE_VALUE_FEN if it is right",
			"为 20,000,000.50 元，超过 10,000,000 元 的合理上限：确认无误请用 acknowledge 申明 IMPLAUSIBLE_VALUE_FEN",
		},
		"beneficiaries": {
			"is 2,000,000,050 people, and more than 1,000,000,000 people is not plausible: acknowledge IMPLAUSIBLE_BENEFICIARIES if it is right",
			"为 2,000,000,050 人，超过 1,000,000,000 人 的合理上限：确认无误请用 acknowledge 申明 IMPLAUSIBLE_BENEFICIARIES",
		},
		"quantity": {
			"is 2,000,000,050, and more than 1,000,000,000 is not plausible: acknowledge IMPLAUSIBLE_QUANTITY if it is right",
			"为 2,000,000,050，超过 1,000,000,000 的合理上限：确认无误请用 acknowledge 申明 IMPLAUSIBLE_QUANTITY",
		},
	} {
		v := fault.Implausible(ofDelivery(name), 2_000_000_050, 1_000_000_000)
		if v.Description != want[0] || v.Chinese != want[1] || v.Field != string(name) || !v.Question {
			t.Errorf("%s: %+v, want %q", name, v, want)
		}
	}
}

func TestAValueOfAnEnumIsSaidByItsLabelInChinese(t *testing.T) {
	e := fault.Precondition("x", "X", "%s needs the state %s, and the %s is %s",
		label.Words{Zh: "核实", En: "Verify"}, villagev1.Need_SUBMITTED, label.Words{Zh: "需求", En: "need"}, villagev1.Need_DRAFT)
	if e.Message() != "Verify needs the state SUBMITTED, and the need is DRAFT" || e.Chinese() != "核实须在状态为已提交时进行，而需求的状态为草稿" {
		t.Errorf("%q, %q", e.Message(), e.Chinese())
	}
}
