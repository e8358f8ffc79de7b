package main

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoregistry"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/machine"
)

func TestTheDiagramHasAnArrowForEachWayToChangeAState(t *testing.T) {
	m, err := machine.Of(protoregistry.GlobalFiles, (&orgv1.Organization{}).ProtoReflect().Descriptor())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range arrows(m) {
		got = append(got, string(a.from)+" "+string(a.to)+" "+strings.Join(a.by, ", "))
	}
	want := []string{
		"[*] REGISTERED CreateOrganization",
		"REGISTERED REGISTERED UpdateOrganization, EraseOrganizationContact",
		"APPROVED APPROVED UpdateOrganization, EraseOrganizationContact",
		"APPROVED REGISTERED UpdateOrganization of a vetted field",
		"REGISTERED APPROVED ApproveOrganization",
	}
	if !slices.Equal(got, want) {
		t.Errorf("arrows:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheTableSaysWhatATransitionAsksForAndKeeps(t *testing.T) {
	m, err := machine.Of(protoregistry.GlobalFiles, (&orgv1.Organization{}).ProtoReflect().Descriptor())
	if err != nil {
		t.Fatal(err)
	}
	text := page([]*machine.Machine{m})
	for _, row := range []string{
		"| ApproveOrganization 批准 | a person who affirms | `approved_by`, `approve_time` |",
		"clears `approve_time` if a vetted field changes |",
	} {
		if !strings.Contains(text, row) {
			t.Errorf("the page lacks %q:\n%s", row, text)
		}
	}
}
