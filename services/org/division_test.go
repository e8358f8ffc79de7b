package org_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/servertest"
)

// placed returns a valid organization whose division differs from its code, with a reason.
func placed(uscc string, kind orgv1.Organization_Type, level orgv1.Organization_Level, division string) *orgv1.Organization {
	o := organization(uscc, kind)
	o.Level, o.Division, o.AuthorityOverrideReason = level, "divisions/"+division, "the code of the division changed"
	return o
}

func TestAnOrganizationBelongsToADivisionOfAnEdition(t *testing.T) {
	village := hunan()
	c := orgv1.NewOrganizationServiceClient(serveBeside(t, servertest.Database(t), village))
	kept := register(t, c, inCounty())
	for what, division := range map[string]string{"unknown": "433199000000", "retired": "430521000000"} {
		t.Run(what, func(t *testing.T) {
			o := placed(association, orgv1.Organization_SOCIAL_GROUP, orgv1.Organization_COUNTY, division)
			_, err := c.CreateOrganization(provinceAdmin(t), &orgv1.CreateOrganizationRequest{Organization: o})
			refused(t, err, codes.FailedPrecondition, "organization.division")
			_, err = c.BatchCreateOrganizations(provinceAdmin(t), &orgv1.BatchCreateOrganizationsRequest{
				Requests: []*orgv1.CreateOrganizationRequest{
					{Organization: organization(foundation, orgv1.Organization_FOUNDATION)}, {Organization: o},
				},
			})
			refused(t, err, codes.FailedPrecondition, "requests[1].organization.division")
			_, err = c.UpdateOrganization(provinceAdmin(t), &orgv1.UpdateOrganizationRequest{
				Organization: &orgv1.Organization{Name: kept.GetName(), Division: o.GetDivision(), AuthorityOverrideReason: "moved"},
				UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"division", "authority_override_reason"}},
			})
			refused(t, err, codes.FailedPrecondition, "organization.division")
		})
	}
	r, err := c.ListOrganizations(provinceAdmin(t), &orgv1.ListOrganizationsRequest{})
	if err != nil || len(r.GetOrganizations()) != 1 || r.GetOrganizations()[0].GetEtag() != kept.GetEtag() {
		t.Errorf("ListOrganizations = %v, %v, want what was there before", r.GetOrganizations(), err)
	}
}

func TestANationalOrganizationNamesTheCountryWhichNoEditionHolds(t *testing.T) {
	village := hunan()
	c := orgv1.NewOrganizationServiceClient(serveBeside(t, servertest.Database(t), village))
	o := organization("51100000500009247D", orgv1.Organization_SOCIAL_GROUP)
	o.Level, o.Division = orgv1.Organization_NATIONAL, "divisions/100000000000"
	register := &orgv1.CreateOrganizationRequest{Organization: o}
	if _, err := c.CreateOrganization(as(t, "ministry", accessv1.Grant_PROVINCE_ADMIN), register); err != nil || village.asked > 0 {
		t.Errorf("CreateOrganization: %v after %d questions, want it done without one", err, village.asked)
	}
}

func TestWithoutVillageNoDivisionIsTakenOnTrust(t *testing.T) {
	village := hunan()
	c := orgv1.NewOrganizationServiceClient(serveBeside(t, servertest.Database(t), village))
	first := &orgv1.CreateOrganizationRequest{Organization: inCounty(), RequestId: requestID}
	made, err := c.CreateOrganization(provinceAdmin(t), first)
	if err != nil {
		t.Fatal(err)
	}
	village.away = true
	_, err = c.CreateOrganization(provinceAdmin(t), &orgv1.CreateOrganizationRequest{
		Organization: organization(association, orgv1.Organization_SOCIAL_GROUP),
	})
	refused(t, err, codes.Unavailable, "")
	again, err := c.CreateOrganization(provinceAdmin(t), first)
	if err != nil || again.GetEtag() != made.GetEtag() {
		t.Errorf("the same request again: %v, %v, want its first answer", again, err)
	}
	renamed, err := c.UpdateOrganization(provinceAdmin(t), &orgv1.UpdateOrganizationRequest{
		Organization: &orgv1.Organization{Name: made.GetName(), DisplayName: "另一名称"},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"display_name"}},
	})
	if err != nil || renamed.GetDisplayName() != "另一名称" {
		t.Errorf("a change of something else: %v, %v, want it done", renamed, err)
	}
}

func TestADivisionIsAskedForOnceInAMoment(t *testing.T) {
	village := hunan()
	c := orgv1.NewOrganizationServiceClient(serveBeside(t, servertest.Database(t), village))
	register(t, c, organization(association, orgv1.Organization_SOCIAL_GROUP))
	register(t, c, organization(foundation, orgv1.Organization_FOUNDATION))
	if village.asked != 1 {
		t.Errorf("village was asked %d times for one division, want once", village.asked)
	}
}
