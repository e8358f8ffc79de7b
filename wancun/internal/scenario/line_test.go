package scenario_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	"github.com/wancun/wancun/wancun/internal/scenario"
)

const approve = orgv1.OrganizationService_ApproveOrganization_FullMethodName

func approval(uscc string) *orgv1.ApproveOrganizationRequest {
	return &orgv1.ApproveOrganizationRequest{Name: "organizations/" + uscc}
}

func person(subject string) scenario.Line {
	return scenario.Line{Person: subject, Grants: []*accessv1.Grant{{Role: accessv1.Grant_PROVINCE_ADMIN, Area: "43"}}}
}

func TestAScenarioIsReadAsItWasWritten(t *testing.T) {
	lines := []scenario.Line{
		person("province"), {Stage: "approvals <1 & 2>"}, {As: "province", Call: approve, Request: approval("51430000EXAM00035G")},
	}
	var file bytes.Buffer
	if err := scenario.Write(&file, lines); err != nil {
		t.Fatal(err)
	}
	want := `{"person":"province","grants":[{"role":"PROVINCE_ADMIN","area":"43"}]}
{"stage":"approvals <1 & 2>"}
{"as":"province","call":"/wancun.org.v1.OrganizationService/ApproveOrganization","request":{"name":"organizations/51430000EXAM00035G"}}
`
	if diff := cmp.Diff(want, file.String()); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	again, err := scenario.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines, again, protocmp.Transform()); diff != "" {
		t.Errorf("lines (-written +read):\n%s", diff)
	}
}

func TestAnEmptyLineHasNoEffectAndIsCounted(t *testing.T) {
	lines, err := scenario.Read(strings.NewReader("\n{\"stage\": \"needs\"}\n \n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]scenario.Line{{}, {Stage: "needs"}, {}}, lines); diff != "" {
		t.Error(diff)
	}
}

func TestABadLineIsNamed(t *testing.T) {
	const clerk = `{"person": "clerk", "grants": [{"role": "COUNTY_CLERK", "area": "433124"}]}` + "\n"
	for line, want := range map[string]string{
		`{"stage": "needs"`:                                "line 2: read JSON: unexpected EOF",
		`{"stage": "needs", "parallel": 3}`:                `line 2: read JSON: json: unknown field "parallel"`,
		`{"stage": "needs", "as": "clerk"}`:                "line 2: must have either person and grants, or stage, or as, call and request",
		`{"person": "team"}`:                               "line 2: must have either",
		`{"as": "clerk", "call": "` + approve + `"}`:       "line 2: must have either",
		`{"stage": "one"} {"stage": "two"}`:                "line 2: read JSON: more than one value",
		`{"person": "team", "grants": [{"role": "TEAM"}]}`: "line 2: grants: ",
		`{"as": "clerk", "call": "/wancun.org.v1.OrganizationService/Bless", "request": {}}`:             `line 2: call: "/wancun.org.v1.OrganizationService/Bless" is no method`,
		`{"as": "clerk", "call": "wancun.org.v1", "request": {}}`:                                        `line 2: call: "wancun.org.v1" is no method`,
		`{"as": "clerk", "call": "` + journalv1.JournalService_Read_FullMethodName + `", "request": {}}`: `line 2: call: "/wancun.journal.v1.JournalService/Read" is a stream`,
		`{"as": "clerk", "call": "` + approve + `", "request": {"nme": "x"}}`:                            "line 2: request: ",
		`{"as": "team", "call": "` + approve + `", "request": {}}`:                                       `line 2: as: no line declares the person "team"`,
	} {
		if _, err := scenario.Read(strings.NewReader(clerk + line)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", line, err, want)
		}
	}
}
