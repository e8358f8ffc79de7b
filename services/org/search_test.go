package org_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

func TestAnOrganizationIsFoundByPartOfItsName(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		c := orgv1.NewOrganizationServiceClient(serve(t, db))
		for code, name := range map[string]string{association: "湖南省光明慈善协会", countyGroup: "泸溪县光明志愿者协会", foundation: "湖南Red Cross（红十字）基金会"} {
			o := organization(code, orgv1.Organization_SOCIAL_GROUP)
			switch code {
			case countyGroup:
				o = inCounty()
			case foundation:
				o.Type = orgv1.Organization_FOUNDATION
			}
			o.DisplayName = name
			register(t, c, o)
		}
		wantFound(t, c, map[string][]string{
			`display_name:"光明"`:                        {association, countyGroup},
			`display_name:"光明慈善"`:                      {association},
			`display_name:"明志"`:                        {countyGroup},
			`display_name:"慈善光明"`:                      nil, // the same pairs of characters in another order
			`display_name:"协"`:                         {association, countyGroup},
			`display_name:"red cross"`:                 {foundation},
			`display_name:"ＣＲＯＳＳ红十字"`:                  {foundation},
			`display_name:"协会" AND display_name:"湖南"`:  {association},
			`display_name:"泸溪" OR display_name:"基金会"`:  {countyGroup, foundation},
			`NOT display_name:"光明"`:                    {foundation},
			`display_name = "*光明*"`:                    {association, countyGroup},
			`display_name = "*RED*"`:                   nil, // `=` is case-sensitive
			`display_name:"光明" AND level = PROVINCIAL`: {association},
		})
		renamed := &orgv1.Organization{Name: "organizations/" + association, DisplayName: "湖南省希望协会"}
		if _, err := c.UpdateOrganization(provinceAdmin(t), &orgv1.UpdateOrganizationRequest{
			Organization: renamed, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name"}},
		}); err != nil {
			t.Fatal(err)
		}
		wantFound(t, c, map[string][]string{`display_name:"光明"`: {countyGroup}, `display_name:"希望"`: {association}})
	})
}

// wantFound fails the test unless each filter lists exactly the organizations with the given codes.
func wantFound(t *testing.T, c orgv1.OrganizationServiceClient, filters map[string][]string) {
	t.Helper()
	for filter, want := range filters {
		r, err := c.ListOrganizations(provinceAdmin(t), &orgv1.ListOrganizationsRequest{Filter: filter})
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		var got []string
		for _, o := range r.GetOrganizations() {
			got = append(got, o.GetUscc())
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filter, diff)
		}
	}
}
