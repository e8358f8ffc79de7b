package resource_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

const (
	canary = "张三丰-canary"
	uscc   = "51430000MJJ0000129"
)

func faultOf(tb testing.TB, err error) *fault.Error {
	tb.Helper()
	f, ok := fault.From(err)
	if !ok {
		tb.Fatalf("error = %v, want a fault", err)
	}
	return f
}

func (k *kit) createOrganization(uscc string) *orgv1.Organization {
	k.Helper()
	return must(k.orgs.CreateNamed(province(), &orgv1.CreateOrganizationRequest{}, "organizations/"+uscc, &orgv1.Organization{
		Uscc: uscc, DisplayName: "示例协会", Type: orgv1.Organization_SOCIAL_GROUP, Level: orgv1.Organization_PROVINCIAL,
		Division: "divisions/430000000000", Contact: &orgv1.Contact{Person: canary, Phone: "13800000000"},
	}, nil))(k)
}

func TestPersonalDataIsStoredApartAndShownToItsRolesOnly(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createOrganization(uscc)
		for role, sees := range map[accessv1.Grant_Role]bool{
			accessv1.Grant_PROVINCE_ADMIN: true, accessv1.Grant_ACTION_OFFICE: true, accessv1.Grant_AUDITOR: false, accessv1.Grant_LEADER: false,
		} {
			read := must(k.orgs.Get(as(role, "", ""), &orgv1.GetOrganizationRequest{Name: made.GetName()}))(t)
			if got := read.GetContact().GetPerson() == canary; got != sees {
				t.Errorf("%v sees the contact: %v, want %v", role, got, sees)
			}
		}
		k.entries() // numbers the staged entries
		for _, column := range []string{"SELECT body FROM organizations", "SELECT personal FROM organizations", "SELECT record FROM journal_entries"} {
			for _, b := range must(database.All[[]byte](context.Background(), k.db.Reader(), column))(t) {
				if bytes.Contains(b, []byte(canary)) {
					t.Errorf("%s holds the name in clear", column)
				}
			}
		}
	})
}

func TestPersonalDataIsShownByAGrantThatCoversTheRowAndNotByARoleElsewhere(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createOrganization(uscc) // registered with the province
	both := access.With(context.Background(), access.Principal{Subject: "u", Grants: []*accessv1.Grant{
		{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: "51430000MJJ0000209"}, {Role: accessv1.Grant_LEADER},
	}})
	for name, c := range map[string]struct {
		caller context.Context
		sees   bool
	}{
		"its own manager":                          {as(accessv1.Grant_ORGANIZATION_MANAGER, "", uscc), true},
		"another's manager":                        {as(accessv1.Grant_ORGANIZATION_MANAGER, "", "51430000MJJ0000209"), false},
		"another's manager who is a leader, too":   {both, false},
		"an administrator of the province's place": {as(accessv1.Grant_PROVINCE_ADMIN, "43", ""), true},
	} {
		page, _, err := k.orgs.List(c.caller, &orgv1.ListOrganizationsRequest{})
		check(t, err)
		batch := must(k.orgs.BatchGet(c.caller, &orgv1.BatchGetOrganizationsRequest{Names: []string{made.GetName()}}))(t)
		one := must(k.orgs.Get(c.caller, &orgv1.GetOrganizationRequest{Name: made.GetName()}))(t)
		for _, o := range append(append(page, batch...), one) {
			if got := o.GetContact() != nil; got != c.sees {
				t.Errorf("%s sees the contact: %v, want %v", name, got, c.sees)
			}
		}
	}
}

func TestAChangeByOneWhoMayNotReadPersonalDataKeepsIt(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createOrganization(uscc)
	leader := as(accessv1.Grant_LEADER, "", "")
	changed := must(k.orgs.Mutate(leader, &orgv1.ApproveOrganizationRequest{Name: made.GetName()}, nil))(t)
	if changed.GetContact() != nil {
		t.Error("the answer shows the contact to a leader")
	}
	read := must(k.orgs.Get(province(), &orgv1.GetOrganizationRequest{Name: made.GetName()}))(t)
	if read.GetContact().GetPerson() != canary {
		t.Error("the contact was lost")
	}
	_, err := k.orgs.UpdateBy(leader, &orgv1.UpdateOrganizationRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"contact"}}},
		&orgv1.Organization{Name: made.GetName()}, nil)
	wantFault(t, err, codes.PermissionDenied, "PERSONAL_DATA")
	_, err = k.orgs.UpdateBy(leader, &orgv1.UpdateOrganizationRequest{}, // without a mask the set fields are changed
		&orgv1.Organization{Name: made.GetName(), Contact: &orgv1.Contact{Person: "somebody else"}}, nil)
	wantFault(t, err, codes.PermissionDenied, "PERSONAL_DATA")
}

func TestErasedPersonalDataIsGoneAndTheJournalStillStands(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createOrganization(uscc)
		digest := k.entries()[0].GetPersonalDigest()
		if len(digest) != sha256.Size {
			t.Fatalf("personal digest of %d bytes, want %d", len(digest), sha256.Size)
		}
		plain := must(proto.Marshal(&orgv1.Organization{Contact: made.GetContact()}))(t)
		if sum := sha256.Sum256(plain); bytes.Equal(sum[:], digest) {
			t.Error("the digest is not salted")
		}
		erase := &orgv1.EraseOrganizationContactRequest{Name: made.GetName()}
		erased := must(k.orgs.Erase(province(), erase))(t)
		if erased.GetContact() != nil {
			t.Error("the answer still shows the contact")
		}
		again := must(k.orgs.Erase(province(), erase))(t)
		if again.GetEtag() != erased.GetEtag() {
			t.Error("erasing what is erased wrote again")
		}
		left := must(database.All[int64](context.Background(), k.db.Reader(), "SELECT COUNT(*) FROM organizations WHERE personal IS NOT NULL"))(t)
		if left[0] != 0 {
			t.Error("the sealed part is still in the table")
		}
		if e := k.entries(); len(e) != 2 || e[1].GetPersonalDigest() != nil {
			t.Errorf("entries after the erasure = %v", e)
		}
	})
}

func TestASealedPartCannotBeMovedToAnotherRow(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	k.createOrganization(uscc)
	other := k.createOrganization("52430000MJJ0000201")
	check(t, k.db.Apply(context.Background(), []database.Statement{{
		SQL:  "UPDATE organizations SET personal = (SELECT personal FROM organizations WHERE uscc = $1) WHERE uscc = $2",
		Args: []any{uscc, "52430000MJJ0000201"}, Rows: 1,
	}}))
	if _, err := k.orgs.Get(province(), &orgv1.GetOrganizationRequest{Name: other.GetName()}); err == nil {
		t.Error("another row's personal part was shown")
	}
}

func TestAReplayShowsPersonalDataToThoseWhoMayReadIt(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	o := &orgv1.Organization{Uscc: uscc, DisplayName: "示例协会", Division: "divisions/430000000000", Contact: &orgv1.Contact{Person: canary}}
	r := &orgv1.CreateOrganizationRequest{Organization: o, RequestId: idA}
	must(k.orgs.CreateNamed(province(), r, "organizations/"+uscc, o, nil))(t)
	again := must(k.orgs.CreateNamed(province(), r, "organizations/"+uscc, o, nil))(t)
	if again.GetContact().GetPerson() != canary {
		t.Error("the repeated answer lacks the contact")
	}
}
