package contract

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A person other than the writer must check a resource, unless CONTRIBUTING.md decides otherwise for it.
func TestWhetherASecondPersonAnswersForAResourceIsDecided(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, there := strings.Cut(string(text), "## Who answers for a resource\n")
	if !there {
		t.Fatal("CONTRIBUTING.md has no section on who answers for a resource")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	decided := map[string]bool{} // resource -> whether a second person answers for it
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && !strings.Contains(line, "---") && !strings.Contains(line, "| resource |") {
			decided[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2]) != "none"
		}
	}
	each(t, func(m protoreflect.MessageDescriptor, r *annotations.ResourceDescriptor) {
		second, there := decided[r.GetSingular()]
		delete(decided, r.GetSingular())
		switch authors := m.Fields().ByName("authors"); {
		case !there:
			t.Errorf("CONTRIBUTING.md does not say whether a second person answers for a %s", r.GetSingular())
		case second != (authors != nil):
			t.Errorf("CONTRIBUTING.md says that a second person answers for a %s: %t; its message keeps authors: %t", r.GetSingular(), second, authors != nil)
		}
	})
	for resource := range decided {
		t.Errorf("CONTRIBUTING.md decides about a %s, which is no resource", resource)
	}
}
