package resource_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

type (
	manyNeeds = *villagev1.BatchCreateNeedsResponse
	manyOrgs  = *orgv1.BatchCreateOrganizationsResponse
)

// codedKind is a kind of organizations whose ids are their codes, which are stored in upper case.
func codedKind() resource.Kind[*orgv1.Organization] {
	kind := organizationKind()
	kind.ID = (*orgv1.Organization).GetUscc
	kind.Normalize = func(o *orgv1.Organization) { o.Uscc = strings.ToUpper(o.GetUscc()) }
	return kind
}

func TestANameIsMadeOfTheParentAndTheIDThatTheCallerTheServiceOrTheResourceGives(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	const id = "0198a000-0000-7000-8000-000000000001"
	chosen := must(k.needs.Create(province(), &villagev1.CreateNeedRequest{Parent: luxi, NeedId: id, Need: someNeed(1)}, nil))(t)
	if chosen.GetName() != luxi+"/needs/"+id {
		t.Errorf("with an id of the caller: %s", chosen.GetName())
	}
	given := must(k.needs.Create(province(), &villagev1.CreateNeedRequest{Parent: luxi, Need: someNeed(1)}, nil))(t)
	if own, ok := strings.CutPrefix(given.GetName(), luxi+"/needs/"); !ok || uuid.Validate(own) != nil || own == id {
		t.Errorf("with an id of the service: %s", given.GetName())
	}
	orgs := must(resource.NewStore(t.Context(), k.Kit, codedKind()))(t)
	coded := must(orgs.Create(province(), &orgv1.CreateOrganizationRequest{Organization: &orgv1.Organization{
		Name: "organizations/another", Uscc: strings.ToLower(uscc), Division: "divisions/433124000000",
	}}, nil))(t)
	if coded.GetName() != "organizations/"+uscc || coded.GetUscc() != uscc {
		t.Errorf("with an id of the resource: %s with the code %s", coded.GetName(), coded.GetUscc())
	}
}

func TestAResourceIsComparedInItsStoredFormByEachVerb(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	orgs := must(resource.NewStore(t.Context(), k.Kit, codedKind()))(t)
	o := &orgv1.Organization{
		Uscc: uscc, DisplayName: "一", Type: orgv1.Organization_SOCIAL_GROUP, Level: orgv1.Organization_COUNTY, Division: "divisions/433124000000",
	}
	lower := proto.CloneOf(o)
	lower.Uscc = strings.ToLower(uscc)
	r := &orgv1.BatchCreateOrganizationsRequest{SkipIdentical: true, Requests: []*orgv1.CreateOrganizationRequest{{Organization: lower}}}
	sent := proto.CloneOf(r)
	for i, want := range []int32{1, 0} {
		b := must(resource.BatchCreate[manyOrgs](province(), orgs, r, nil))(t)
		if b.GetCreatedCount() != want || b.GetUnchangedCount() != 1-want || b.GetOrganizations()[0].GetUscc() != uscc {
			t.Errorf("batch %d: %v", i, b)
		}
	}
	if !proto.Equal(r, sent) {
		t.Errorf("the request was changed to %v", r)
	}
	lower.Name, lower.DisplayName = "organizations/"+uscc, "二"
	updated := must(orgs.Update(province(), &orgv1.UpdateOrganizationRequest{Organization: lower}, nil))(t)
	if updated.GetDisplayName() != "二" || updated.GetUscc() != uscc {
		t.Errorf("updated to %v", updated)
	}
}

func TestTheRowsOfABatchMayBeLearntAboutTogetherAndFilledIn(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	r := &villagev1.BatchCreateNeedsRequest{SkipIdentical: true}
	for i := range 3 {
		r.Requests = append(r.Requests, &villagev1.CreateNeedRequest{Parent: luxi, NeedId: uuid.NewString(), Need: someNeed(int64(i + 1))})
		r.Requests[i].Need.State = villagev1.Need_VERIFIED // callers may not set it
		r.Requests[i].Need.Unit = ""
	}
	sent := proto.CloneOf(r)
	learnt := 0
	prepare := resource.Together(func(_ context.Context, rows []*villagev1.Need) (func(*villagev1.Need) error, error) {
		learnt++
		for i, n := range rows {
			if n.GetName() != luxi+"/needs/"+r.GetRequests()[i].GetNeedId() || n.GetState() != villagev1.Need_STATE_UNSPECIFIED {
				t.Errorf("row %d is %v", i, n)
			}
			n.Unit = "person"
		}
		return nil, nil //nolint:nilnil // no rule
	})
	for i, want := range []int32{3, 0} {
		b := must(resource.BatchCreate[manyNeeds](province(), k.needs, r, prepare))(t)
		n := b.GetNeeds()[2]
		if b.GetCreatedCount() != want || b.GetUnchangedCount() != 3-want || n.GetUnit() != "person" || n.GetState() != villagev1.Need_DRAFT {
			t.Errorf("batch %d: %v", i, b)
		}
	}
	if learnt != 2 || !proto.Equal(r, sent) {
		t.Errorf("learnt %d times, want once for each request; the request became %v", learnt, r)
	}
	if _, err := resource.BatchCreate[manyNeeds](province(), k.needs, r, resource.Together(
		func(context.Context, []*villagev1.Need) (func(*villagev1.Need) error, error) {
			return nil, fault.NotFound(luxi)
		},
	)); err == nil {
		t.Error("a batch about which nothing could be learnt was written")
	}
}

func TestARowAnswersItsOwnQuestion(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	r := &villagev1.BatchCreateNeedsRequest{Requests: []*villagev1.CreateNeedRequest{
		{Parent: luxi, Need: someNeed(tooMany), Acknowledge: []string{tooManyIs}}, {Parent: luxi, Need: someNeed(tooMany)},
	}}
	_, err := resource.BatchCreate[manyNeeds](province(), k.needs, r, nil)
	wantFault(t, err, codes.FailedPrecondition, fault.ReasonQuestions, "requests[1].need.quantity")
}

func TestPagesAndBatchesFillTheirResponses(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	names := []string{k.createNeed(luxi, 1, 1).GetName(), k.createNeed(luxi, 2, 2).GetName()}
	first := must(resource.Page[*villagev1.ListNeedsResponse](province(), k.needs, &villagev1.ListNeedsRequest{Parent: luxi, PageSize: 1}))(t)
	if len(first.GetNeeds()) != 1 || first.GetNextPageToken() == "" {
		t.Errorf("the first page is %v", first)
	}
	last := must(resource.Page[*villagev1.ListNeedsResponse](province(), k.needs, &villagev1.ListNeedsRequest{
		Parent: luxi, PageSize: 1, PageToken: first.GetNextPageToken(),
	}))(t)
	if len(last.GetNeeds()) != 1 || last.GetNeeds()[0].GetName() != names[1] || last.GetNextPageToken() != "" {
		t.Errorf("the last page is %v", last)
	}
	k.createOrganization(uscc)
	got := must(resource.BatchGet[*orgv1.BatchGetOrganizationsResponse](province(), k.orgs, &orgv1.BatchGetOrganizationsRequest{
		Names: []string{"organizations/" + uscc},
	}))(t)
	if len(got.GetOrganizations()) != 1 {
		t.Errorf("of one name there are %v", got)
	}
}

// A message that belongs to no standard method of the kind is a mistake of the handler, not of the caller.
func TestAMessageOfAnotherMethodIsRefusedAsAMistakeOfTheService(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	did := map[string]error{}
	_, did["create"] = k.needs.Create(province(), &villagev1.SubmitNeedRequest{}, nil)
	_, did["create of another kind"] = k.needs.Create(province(), &orgv1.CreateOrganizationRequest{}, nil)
	_, did["create by no message"] = k.needs.Create(province(), request{}, nil)
	_, did["update"] = k.needs.Update(province(), &orgv1.UpdateOrganizationRequest{UpdateMask: &fieldmaskpb.FieldMask{}}, nil)
	_, did["batch"] = resource.BatchCreate[manyNeeds](province(), k.needs, &orgv1.BatchCreateOrganizationsRequest{}, nil)
	_, did["batch into another response"] = resource.BatchCreate[manyOrgs](province(), k.needs, &villagev1.BatchCreateNeedsRequest{}, nil)
	_, did["page"] = resource.Page[manyNeeds](province(), k.needs, &villagev1.ListNeedsRequest{Parent: luxi})
	_, did["batch get"] = resource.BatchGet[manyNeeds](province(), k.needs, names{})
	for verb, err := range did {
		if _, typed := fault.From(err); err == nil || typed {
			t.Errorf("%s: %v, want an error without a code", verb, err)
		}
	}
}

func TestAKindWhoseNamesTheProtoMakesOtherwiseStopsTheStart(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	twice := needKind()
	twice.ID = (*villagev1.Need).GetCategory
	deps := k.deps
	deps.NewID = nil
	nameless := must(resource.Open(t.Context(), deps))(t)
	t.Cleanup(func() { _ = nameless.Close() })
	_, err := resource.NewStore(t.Context(), nameless, needKind())
	for says, err := range map[string]error{
		"NeedService.CreateNeed: CreateNeedRequest has need_id, and the kind makes the ID": open(k, twice),
		"Deps.NewID is missing": err,
	} {
		if !strings.Contains(fmt.Sprint(err), says) {
			t.Errorf("the start ends with %v, want %q", err, says)
		}
	}
}
