package demo_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

func TestEveryoneDoesOnlyTheirPart(t *testing.T) {
	roles := make(map[string]accessv1.Grant_Role)
	parts := make(map[string]map[string]bool)
	for _, line := range lines(t) {
		if line.Person != "" {
			roles[line.Person] = line.Grants[0].GetRole()
		}
		if line.Call == "" {
			continue
		}
		method := line.Call[strings.LastIndexByte(line.Call, '/')+1:]
		if parts[method] == nil {
			parts[method] = make(map[string]bool)
		}
		parts[method][roles[line.As].String()] = true
		named, ok := line.Request.(interface{ GetName() string })
		if code, isTeam := strings.CutPrefix(line.As, "demo:village-team-"); method == "SubmitNeed" &&
			(!ok || !isTeam || !strings.HasPrefix(named.GetName(), "villages/"+code+"/")) {
			t.Errorf("%s submits %v", line.As, line.Request)
		}
	}
	only := func(role accessv1.Grant_Role) map[string]bool { return map[string]bool{role.String(): true} }
	want := map[string]map[string]bool{
		"ImportDivisions": only(accessv1.Grant_PROVINCE_ADMIN), "BatchCreateVillages": only(accessv1.Grant_PROVINCE_ADMIN),
		"CreateScope": only(accessv1.Grant_PROVINCE_ADMIN), "BatchCreateOrganizations": only(accessv1.Grant_PROVINCE_ADMIN),
		"BatchCreatePartyBranches": only(accessv1.Grant_PROVINCE_ADMIN),
		"ApproveOrganization":      only(accessv1.Grant_PROVINCE_ADMIN), "CreateCampaign": only(accessv1.Grant_PROVINCE_ADMIN),
		"BatchCreateNeeds": only(accessv1.Grant_PROVINCE_ADMIN), "SubmitNeed": only(accessv1.Grant_VILLAGE_TEAM),
		"VerifyNeed": only(accessv1.Grant_COUNTY_CLERK), "ReturnNeed": only(accessv1.Grant_COUNTY_CLERK),
		"BatchCreateDeliveries": only(accessv1.Grant_ACTION_OFFICE), "UpdateDelivery": only(accessv1.Grant_ACTION_OFFICE),
		"VoidDelivery": only(accessv1.Grant_ACTION_OFFICE), "ConfirmDelivery": only(accessv1.Grant_VILLAGE_TEAM),
		"DisputeDelivery": only(accessv1.Grant_VILLAGE_TEAM), "BatchCreateStatements": only(accessv1.Grant_PROVINCE_ADMIN),
	}
	if d := cmp.Diff(want, parts); d != "" {
		t.Error(d)
	}
}
