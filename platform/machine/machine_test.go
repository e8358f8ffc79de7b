package machine_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/machine"
)

type transition = resourcev1.Transition

// machineOf returns the machine of needs after change has replaced the transition of one method. If change returns nil,
// the method has no transition.
func machineOf(t *testing.T, method string, change func(*transition) *transition) (*machine.Machine, error) {
	t.Helper()
	files := filesWith(t, method, change)
	need, err := files.FindDescriptorByName("wancun.village.v1.Need")
	kind, ok := need.(protoreflect.MessageDescriptor)
	if err != nil || !ok {
		t.Fatalf("find Need: %v", err)
	}
	return machine.Of(files, kind)
}

// filesWith returns the file of needs after change has replaced the transition of one method.
func filesWith(t *testing.T, method string, change func(*transition) *transition) *protoregistry.Files {
	t.Helper()
	file := protodesc.ToFileDescriptorProto(villagev1.File_wancun_village_v1_need_proto)
	for _, m := range file.GetService()[0].GetMethod() {
		if m.GetName() != method {
			continue
		}
		declared, _ := proto.GetExtension(m.GetOptions(), resourcev1.E_Transition).(*transition)
		m.Options = proto.CloneOf(m.GetOptions())
		if changed := change(proto.CloneOf(declared)); changed != nil {
			proto.SetExtension(m.Options, resourcev1.E_Transition, changed)
		} else {
			proto.ClearExtension(m.Options, resourcev1.E_Transition)
		}
	}
	linked, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	files := &protoregistry.Files{}
	if err := files.RegisterFile(linked); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestATransitionThatNoMachineUsesIsRefused(t *testing.T) {
	draft := func(*transition) *transition { return &transition{From: []string{"DRAFT"}} }
	for _, method := range []string{"GetNeed", "ListNeeds", "BatchCreateNeeds"} {
		if _, err := machine.All(filesWith(t, method, draft)); err == nil || !strings.Contains(err.Error(), method+" has a transition") {
			t.Errorf("%s: %v, want an error that names the method", method, err)
		}
	}
}

func TestAMachineThatIsNotWholeIsRefused(t *testing.T) {
	for why, c := range map[string]struct {
		method string
		change func(*transition) *transition
	}{
		"has no transition":            {"VerifyNeed", func(*transition) *transition { return nil }},
		`has no state "LOST"`:          {"SubmitNeed", func(d *transition) *transition { d.To = "LOST"; return d }},
		"twice in from":                {"SubmitNeed", func(d *transition) *transition { d.From = append(d.From, "DRAFT"); return d }},
		"no transition leads to":       {"ReturnNeed", func(d *transition) *transition { d.To = "VERIFIED"; d.Answer = resourcev1.Transition_AFFIRMS; return d }},
		"two first states":             {"SubmitNeed", func(d *transition) *transition { d.From = nil; return d }},
		"no first state":               {"CreateNeed", func(d *transition) *transition { d.From = []string{"DRAFT"}; return d }},
		"with different answers":       {"ReturnNeed", func(d *transition) *transition { d.To = "VERIFIED"; return d }},
		"neither from nor to":          {"UpdateNeed", func(*transition) *transition { return &transition{} }},
		"to is missing":                {"VerifyNeed", func(d *transition) *transition { d.To = ""; return d }},
		"other_party is for an answer": {"SubmitNeed", func(d *transition) *transition { d.OtherParty = true; return d }},
		"no required reason":           {"SubmitNeed", func(d *transition) *transition { d.Why = "return_reason"; return d }},
		`output-only string "unit"`:    {"VerifyNeed", func(d *transition) *transition { d.Who = "unit"; return d }},
		"has no vetted field":          {"UpdateNeed", func(d *transition) *transition { d.Reopens = "DRAFT"; return d }},
	} {
		if _, err := machineOf(t, c.method, c.change); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want an error with %q", c.method, err, why)
		}
	}
}

func TestTheMachineOfTheContractIsWhole(t *testing.T) {
	m, err := machineOf(t, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if first := m.First(); first.To.Name() != "DRAFT" || len(m.Transitions) != 5 || len(m.States()) != 4 {
		t.Errorf("%d transitions from %s between %d states", len(m.Transitions), first.To.Name(), len(m.States()))
	}
	if got := m.AnswerIn(villagev1.Need_RETURNED.Number()); got != resourcev1.Transition_DENIES {
		t.Errorf("a returned need is answered by %s", got)
	}
}
