package org_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/servertest"
)

// office is the service as those who manage accounts use it.
type office struct {
	accounts orgv1.AccountServiceClient
	grants   orgv1.GrantServiceClient
}

func openOffice(t *testing.T) office {
	t.Helper()
	return officeOf(serve(t, servertest.Database(t)))
}

func officeOf(conn grpc.ClientConnInterface) office {
	return office{orgv1.NewAccountServiceClient(conn), orgv1.NewGrantServiceClient(conn)}
}

// accountAdmin gives roles and has no other power.
func accountAdmin(t testing.TB) context.Context {
	return as(t, "account admin", accessv1.Grant_ACCOUNT_ADMIN)
}

// account creates an account of an area.
func (o office) account(t *testing.T, area string, power orgv1.Account_Power) *orgv1.Account {
	t.Helper()
	a, err := o.accounts.CreateAccount(accountAdmin(t), &orgv1.CreateAccountRequest{
		AccountId: uuid.NewString(), Account: &orgv1.Account{DisplayName: "示例人员", Telephone: "000 0000 0000", Area: area, Power: power},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// give gives an account a role.
func (o office) give(ctx context.Context, account string, g *orgv1.Grant) (*orgv1.Grant, error) {
	return o.grants.CreateGrant(ctx, &orgv1.CreateGrantRequest{Parent: account, GrantId: uuid.NewString(), Grant: g})
}

func TestARoleIsGivenOnlyWithinTheRankAndThePlaceOfTheGiver(t *testing.T) {
	conn := serve(t, servertest.Database(t))
	o, organizations := officeOf(conn), orgv1.NewOrganizationServiceClient(conn)
	register(t, organizations, inCounty())
	register(t, organizations, organization(association, orgv1.Organization_SOCIAL_GROUP))
	account := o.account(t, "433124", orgv1.Account_OPERATION).GetName()
	const ours, provincial = "organizations/" + countyGroup, "organizations/" + association
	clerk := as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124")
	for name, c := range map[string]struct {
		by    context.Context
		grant *orgv1.Grant
		code  codes.Code
		field string
	}{
		"a clerk gives a team of the county":        {clerk, &orgv1.Grant{Role: accessv1.Grant_VILLAGE_TEAM, Area: "433124101201"}, codes.OK, ""},
		"a clerk gives a team of another county":    {clerk, &orgv1.Grant{Role: accessv1.Grant_VILLAGE_TEAM, Area: "433125101201"}, codes.PermissionDenied, "grant.area"},
		"a clerk gives the own role":                {clerk, &orgv1.Grant{Role: accessv1.Grant_COUNTY_CLERK, Area: "433124"}, codes.PermissionDenied, "grant.role"},
		"a clerk gives a manager registered here":   {clerk, &orgv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: ours}, codes.OK, ""},
		"a clerk gives a manager of the province's": {clerk, &orgv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: provincial}, codes.PermissionDenied, "grant.organization"},
		"the province gives an auditor":             {provinceAdmin(t), &orgv1.Grant{Role: accessv1.Grant_AUDITOR}, codes.PermissionDenied, "grant.role"},
		"the province gives a clerk":                {provinceAdmin(t), &orgv1.Grant{Role: accessv1.Grant_COUNTY_CLERK, Area: "433124"}, codes.OK, ""},
		"an account that works becomes an auditor":  {accountAdmin(t), &orgv1.Grant{Role: accessv1.Grant_AUDITOR}, codes.FailedPrecondition, "grant.role"},
		"a clerk without an area":                   {accountAdmin(t), &orgv1.Grant{Role: accessv1.Grant_COUNTY_CLERK}, codes.InvalidArgument, "grant.area"},
		"a leader with an organization":             {accountAdmin(t), &orgv1.Grant{Role: accessv1.Grant_LEADER, Organization: ours}, codes.InvalidArgument, "grant.organization"},
		"an organization that is not registered": {
			accountAdmin(t), &orgv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: "organizations/" + foundation}, codes.FailedPrecondition, "grant.organization",
		},
		"the public": {accountAdmin(t), &orgv1.Grant{Role: accessv1.Grant_PUBLIC}, codes.InvalidArgument, "grant.role"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := o.give(c.by, account, c.grant)
			if c.code != codes.OK {
				refused(t, err, c.code, c.field)
				return
			}
			if err != nil || got.GetState() != orgv1.Grant_ACTIVE || got.GetGrantedBy() == "" {
				t.Errorf("CreateGrant = %v, %v", got, err)
			}
		})
	}
}

func TestAManagerMakesFurtherManagersOfTheSameOrganizationOnly(t *testing.T) {
	conn := serve(t, servertest.Database(t))
	o, organizations := officeOf(conn), orgv1.NewOrganizationServiceClient(conn)
	register(t, organizations, inCounty())
	register(t, organizations, organization(association, orgv1.Organization_SOCIAL_GROUP))
	colleague, err := o.accounts.CreateAccount(manager(t, countyGroup), &orgv1.CreateAccountRequest{
		AccountId: uuid.NewString(), Account: &orgv1.Account{
			DisplayName: "示例员工", Power: orgv1.Account_OPERATION, Organization: "organizations/" + countyGroup,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.give(manager(t, countyGroup), colleague.GetName(), &orgv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: "organizations/" + countyGroup}); err != nil {
		t.Error(err)
	}
	_, err = o.give(manager(t, countyGroup), colleague.GetName(), &orgv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: "organizations/" + association})
	refused(t, err, codes.PermissionDenied, "grant.organization")
	_, err = o.give(manager(t, association), colleague.GetName(), &orgv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: "organizations/" + association})
	refused(t, err, codes.NotFound, "")
}

func TestAnAccountIsManagedOnlyByThoseWhoMayGiveItsRoles(t *testing.T) {
	o := openOffice(t)
	account := o.account(t, "433124", orgv1.Account_OPERATION).GetName()
	clerk := as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124")
	rename := &orgv1.UpdateAccountRequest{
		Account: &orgv1.Account{Name: account, DisplayName: "新名"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name"}},
	}
	if got, err := o.accounts.UpdateAccount(clerk, rename); err != nil || got.GetDisplayName() != "新名" {
		t.Fatalf("UpdateAccount = %v, %v", got, err)
	}
	given, err := o.give(accountAdmin(t), account, &orgv1.Grant{Role: accessv1.Grant_LEADER, Area: "433124"})
	if err != nil {
		t.Fatal(err)
	}
	deactivate := &orgv1.DeactivateAccountRequest{Name: account, Reason: "离职"}
	_, err = o.accounts.DeactivateAccount(clerk, deactivate)
	refused(t, err, codes.PermissionDenied, "")
	_, err = o.grants.EndGrant(clerk, &orgv1.EndGrantRequest{Name: given.GetName(), Reason: "离职"})
	refused(t, err, codes.PermissionDenied, "role")
	ended, err := o.grants.EndGrant(provinceAdmin(t), &orgv1.EndGrantRequest{Name: given.GetName(), Reason: "离职"})
	if err != nil || ended.GetState() != orgv1.Grant_ENDED || ended.GetEndReason() != "离职" {
		t.Fatalf("EndGrant = %v, %v", ended, err)
	}
	gone, err := o.accounts.DeactivateAccount(clerk, deactivate)
	if err != nil || gone.GetState() != orgv1.Account_DEACTIVATED {
		t.Fatalf("DeactivateAccount = %v, %v", gone, err)
	}
	_, err = o.give(accountAdmin(t), account, &orgv1.Grant{Role: accessv1.Grant_LEADER})
	refused(t, err, codes.FailedPrecondition, "")
	erased, err := o.accounts.EraseAccountPerson(clerk, &orgv1.EraseAccountPersonRequest{Name: account})
	if err != nil || erased.GetDisplayName() != "" || erased.GetTelephone() != "" {
		t.Errorf("EraseAccountPerson = %v, %v", erased, err)
	}
}

func TestACallerLearnsWhoItIsAndWhatItMayDo(t *testing.T) {
	o := openOffice(t)
	for name, c := range map[string]struct {
		ctx    context.Context
		may    string
		mayNot string
		roles  int
	}{
		"a clerk":         {as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124"), "wancun.village.v1.NeedService/VerifyNeed", "wancun.action.v1.CampaignService/CreateCampaign", 1},
		"an admin":        {accountAdmin(t), "wancun.org.v1.GrantService/CreateGrant", "wancun.village.v1.NeedService/CreateNeed", 1},
		"without a token": {t.Context(), "wancun.report.v1.BulletinService/GetBulletin", "wancun.org.v1.AccountService/GetAccount", 0},
	} {
		t.Run(name, func(t *testing.T) {
			me, err := o.accounts.GetMe(c.ctx, &orgv1.GetMeRequest{Name: "me"})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(me.GetMethods(), c.may) || slices.Contains(me.GetMethods(), c.mayNot) || len(me.GetGrants()) != c.roles {
				t.Errorf("GetMe = %v, want %s and not %s", me, c.may, c.mayNot)
			}
		})
	}
}
