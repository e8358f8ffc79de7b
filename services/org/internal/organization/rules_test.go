package organization

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// Codes with correct check characters, except legal, a valid code without them. The code fits names the province.
const (
	fits          = "51430000MJJ0000129"
	ofTheCountry  = "51100000500009247D"
	ofAPrefecture = "51433100MJJ000207D"
	ofACounty     = "51433124MJJ000047Y"
	legal         = "53100000500020462H"
)

func caller(subject string, roles ...accessv1.Grant_Role) access.Principal {
	p := access.Principal{Subject: subject}
	for _, r := range roles {
		p.Grants = append(p.Grants, &accessv1.Grant{Role: r})
	}
	return p
}

// organization returns a valid organization, adjusted by change.
func organization(change func(*orgv1.Organization)) *orgv1.Organization {
	o := &orgv1.Organization{
		Name: "organizations/" + fits, Uscc: fits, DisplayName: "示例社会组织",
		Type: orgv1.Organization_SOCIAL_GROUP, Level: orgv1.Organization_PROVINCIAL,
		Division: "divisions/430000000000", State: orgv1.Organization_REGISTERED,
	}
	if change != nil {
		change(o)
	}
	return o
}

// fieldsOf returns the fields that an error names, with the reasons.
func fieldsOf(t *testing.T, err error) map[string]string {
	t.Helper()
	blamed := map[string]string{}
	if err == nil {
		return blamed
	}
	e, ok := fault.From(err)
	if !ok {
		t.Fatalf("error %v is not a fault", err)
	}
	for _, v := range e.Violations() {
		blamed[v.Field] = v.Reason
	}
	return blamed
}

func TestWhatTheRegisterAccepts(t *testing.T) {
	type o = orgv1.Organization
	for _, tc := range []struct {
		name   string
		change func(*o)
		want   map[string]string
	}{
		{"a valid organization", nil, nil},
		{"check character does not fit", func(m *o) { m.Uscc = "51430000MJJ0000120" }, map[string]string{"uscc": "USCC_CHECK"}},
		{"type disagrees with the category digit", func(m *o) { m.Type = orgv1.Organization_FOUNDATION }, map[string]string{"type": "TYPE_DISAGREES_WITH_USCC"}},
		{"a legal code with an override", func(m *o) {
			m.Uscc, m.Type, m.UsccOverrideReason = legal, orgv1.Organization_FOUNDATION, "seen the certificate"
			m.Level, m.Division = orgv1.Organization_NATIONAL, "divisions/100000000000"
		}, nil},
		{"an override does not excuse the type", func(m *o) {
			m.Uscc, m.UsccOverrideReason = legal, "seen the certificate"
			m.Level, m.Division = orgv1.Organization_NATIONAL, "divisions/100000000000"
		}, map[string]string{"type": "TYPE_DISAGREES_WITH_USCC"}},
		{"an override does not excuse the length", func(m *o) { m.Uscc, m.UsccOverrideReason = "5143", "seen the certificate" }, map[string]string{"uscc": "USCC_LENGTH"}},
		{"an override that nothing asks for", func(m *o) { m.UsccOverrideReason = "to be safe" }, map[string]string{"uscc_override_reason": "OVERRIDE_NOT_NEEDED"}},
		{"a national organization", func(m *o) {
			m.Uscc, m.Level, m.Division = ofTheCountry, orgv1.Organization_NATIONAL, "divisions/100000000000"
		}, nil},
		{"an organization of a prefecture", func(m *o) {
			m.Uscc, m.Level, m.Division = ofAPrefecture, orgv1.Organization_PREFECTURE, "divisions/433100000000"
		}, nil},
		{"an organization of a county", func(m *o) {
			m.Uscc, m.Level, m.Division = ofACounty, orgv1.Organization_COUNTY, "divisions/433124000000"
		}, nil},
		{"a national organization of a province", func(m *o) {
			m.Level = orgv1.Organization_NATIONAL
		}, map[string]string{"level": "LEVEL_DISAGREES_WITH_DIVISION"}},
		{"a provincial organization of the country", func(m *o) {
			m.Division = "divisions/100000000000"
		}, map[string]string{"level": "LEVEL_DISAGREES_WITH_DIVISION"}},
		{"a provincial code and level in a county", func(m *o) {
			m.Division = "divisions/433124000000"
		}, map[string]string{"level": "LEVEL_DISAGREES_WITH_DIVISION"}},
		{"a provincial code in a county", func(m *o) {
			m.Level, m.Division = orgv1.Organization_COUNTY, "divisions/433124000000"
		}, map[string]string{"division": "DIVISION_DISAGREES_WITH_USCC"}},
		{"a provincial code in a county, with a reason", func(m *o) {
			m.Level, m.Division = orgv1.Organization_COUNTY, "divisions/433124000000"
			m.AuthorityOverrideReason = "taken over from the province"
		}, nil},
		{"a reason does not excuse a level that the division has not", func(m *o) {
			m.Division, m.AuthorityOverrideReason = "divisions/433124000000", "taken over from the province"
		}, map[string]string{"level": "LEVEL_DISAGREES_WITH_DIVISION"}},
		{"a reason that nothing asks for", func(m *o) {
			m.AuthorityOverrideReason = "to be safe"
		}, map[string]string{"authority_override_reason": "OVERRIDE_NOT_NEEDED"}},
		{"a township", func(m *o) {
			m.Division = "divisions/433124101000"
		}, map[string]string{"division": "DIVISION_TOO_SMALL"}},
		{"everything that is wrong is said at once", func(m *o) {
			m.Type, m.Division = orgv1.Organization_FOUNDATION, "divisions/433124000000"
		}, map[string]string{"type": "TYPE_DISAGREES_WITH_USCC", "level": "LEVEL_DISAGREES_WITH_DIVISION"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.want == nil {
				tc.want = map[string]string{}
			}
			if diff := cmp.Diff(tc.want, fieldsOf(t, Validate(organization(tc.change)))); diff != "" {
				t.Errorf("Validate blames (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnOrganizationIsNamedByItsCodeHoweverTyped(t *testing.T) {
	o := organization(func(m *orgv1.Organization) { m.Uscc = "　51430000mjj0000129 " })
	k := kind()
	if k.Normalize(o); o.GetUscc() != fits || k.ID(o) != fits {
		t.Errorf("code %q and id %q, want %s in both", o.GetUscc(), k.ID(o), fits)
	}
}

func TestOnlyARegistrarAnswersForACodeThatDoesNotFit(t *testing.T) {
	for role, want := range map[accessv1.Grant_Role]codes.Code{
		accessv1.Grant_PROVINCE_ADMIN:       codes.OK,
		accessv1.Grant_PREFECTURE_CLERK:     codes.OK,
		accessv1.Grant_COUNTY_CLERK:         codes.OK,
		accessv1.Grant_ORGANIZATION_MANAGER: codes.PermissionDenied,
	} {
		o := organization(func(m *orgv1.Organization) { m.UsccOverrideReason = "seen the certificate" })
		if got := fault.Status(checkOverrides(nil, o, caller("somebody", role))).Code(); got != want {
			t.Errorf("Register with an override by %s = %s, want %s", role, got, want)
		}
	}
}

func TestOnlyARegistrarOfTheLevelOverridesTheCodesDivision(t *testing.T) {
	const (
		province, prefecture = accessv1.Grant_PROVINCE_ADMIN, accessv1.Grant_PREFECTURE_CLERK
		county, manager      = accessv1.Grant_COUNTY_CLERK, accessv1.Grant_ORGANIZATION_MANAGER
	)
	for _, tc := range []struct {
		level    orgv1.Organization_Level
		division string
		may      []accessv1.Grant_Role
	}{
		{orgv1.Organization_PROVINCIAL, "divisions/440000000000", []accessv1.Grant_Role{province}},
		{orgv1.Organization_PREFECTURE, "divisions/433100000000", []accessv1.Grant_Role{province, prefecture}},
		{orgv1.Organization_COUNTY, "divisions/433124000000", []accessv1.Grant_Role{province, prefecture, county}},
	} {
		o := organization(func(m *orgv1.Organization) {
			m.Level, m.Division, m.AuthorityOverrideReason = tc.level, tc.division, "taken over"
		})
		for _, role := range []accessv1.Grant_Role{province, prefecture, county, manager} {
			want := codes.PermissionDenied
			if slices.Contains(tc.may, role) {
				want = codes.OK
			}
			if got := fault.Status(checkOverrides(nil, o, caller("somebody", role))).Code(); got != want {
				t.Errorf("Register at level %s with an override by %s = %s, want %s", tc.level, role, got, want)
			}
		}
		if err := checkOverrides(o, proto.CloneOf(o), caller("somebody", manager)); err != nil {
			t.Errorf("an update that keeps the reason: %v", err)
		}
	}
}
