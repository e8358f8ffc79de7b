package resource_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// chain is what people do with one organization, step by step.
type chain struct {
	*kit
	name string
	orgs *resource.Store[*orgv1.Organization]
}

// people have a role each, under the name that steps give them.
func people(who string) context.Context {
	roles := map[string]accessv1.Grant_Role{
		"clerk": accessv1.Grant_COUNTY_CLERK, "prefecture": accessv1.Grant_PREFECTURE_CLERK,
		"team": accessv1.Grant_VILLAGE_TEAM, "manager": accessv1.Grant_ORGANIZATION_MANAGER,
	}
	subject, as, _ := strings.Cut(who, " as ")
	if as == "" {
		as = strings.TrimRight(subject, "12")
	}
	p := access.Principal{Subject: subject}
	for _, role := range strings.Split(as, "+") {
		p.Grants = append(p.Grants, &accessv1.Grant{Role: roles[role], Area: "43"})
	}
	return access.With(context.Background(), p)
}

// does takes a step such as "clerk1 renames", and returns the reason of its refusal.
func (c *chain) does(step string) string {
	c.Helper()
	i := strings.LastIndexByte(step, ' ')
	by, verb := people(step[:i]), step[i+1:]
	update := func(path string, o *orgv1.Organization) error {
		o.Name = c.name
		r := &orgv1.UpdateOrganizationRequest{Organization: o, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}}
		_, err := c.orgs.UpdateBy(by, r, o, nil)
		return err
	}
	var err error
	stamp := time.UnixMicro(c.clock.Add(1)).String()
	switch verb {
	case "registers":
		_, err = c.orgs.CreateNamed(by, &orgv1.CreateOrganizationRequest{}, c.name, &orgv1.Organization{
			Uscc: "51433124MJJ000047Y", DisplayName: "示例", Division: "divisions/433124000000", Level: 4, Type: 1,
		}, nil)
	case "renames":
		err = update("display_name", &orgv1.Organization{DisplayName: "示例" + stamp})
	case "calls": // a field that is not vetted
		err = update("contact", &orgv1.Organization{Contact: &orgv1.Contact{Person: stamp}})
	case "approves":
		err = c.answer(by, orgv1.Organization_APPROVED)
	case "rejects":
		err = c.answer(by, rejected)
	}
	if f, ok := fault.From(err); ok {
		return f.Reason()
	}
	check(c, err)
	return ""
}

// rejected is a state that the kinds of this test take for a refusal.
const rejected = orgv1.Organization_State(77)

func (c *chain) answer(by context.Context, to orgv1.Organization_State) error {
	_, err := c.orgs.Answer(by, &orgv1.ApproveOrganizationRequest{Name: c.name}, func(o *orgv1.Organization, _ time.Time) error {
		o.State = to
		return nil
	})
	return err
}

func answeredKind(otherParty bool) resource.Kind[*orgv1.Organization] {
	kind := organizationKind()
	state := kind.Answer.State
	kind.Answer.OtherParty = otherParty
	kind.Answer.State = func(o *orgv1.Organization) resource.AnswerState {
		if o.GetState() == rejected {
			return resource.Denied
		}
		return state(o)
	}
	return kind
}

func TestNoAuthorAnswers(t *testing.T) {
	for name, story := range map[string]struct {
		steps      []string // all succeed
		refused    []string // each would be refused then
		reason     string
		succeeds   string // would succeed
		otherParty bool
	}{
		"who wrote it": {
			[]string{"clerk1 registers"}, []string{"clerk1 approves", "clerk1 rejects"}, "FOUR_EYES", "clerk2 approves", false,
		},
		"under another role": {
			[]string{"clerk1 registers"}, []string{"clerk1 as team approves", "clerk1 as prefecture rejects"}, "FOUR_EYES", "team1 approves", false,
		},
		"after a colleague wrote, too": {
			[]string{"clerk1 registers", "clerk2 calls"}, []string{"clerk1 as team approves", "clerk2 approves"}, "FOUR_EYES", "team1 approves", false,
		},
		"since the last answer": {
			[]string{"clerk1 registers", "clerk2 approves", "clerk2 renames"}, []string{"clerk2 approves"}, "FOUR_EYES", "clerk1 approves", false,
		},
		"what is not vetted, too": {
			[]string{"clerk1 registers", "clerk2 approves", "manager1 calls", "clerk2 renames"},
			[]string{"manager1 approves", "clerk2 approves"}, "FOUR_EYES", "clerk1 approves", false,
		},
		"what was refused": {
			[]string{"clerk1 registers", "clerk2 rejects"}, []string{"clerk1 approves"}, "FOUR_EYES", "clerk2 approves", false,
		},
		"what was refused and changed by another": {
			[]string{"clerk1 registers", "clerk2 rejects", "manager1 renames"}, []string{"clerk1 approves", "manager1 approves"}, "FOUR_EYES", "clerk2 approves", false,
		},
		"what was approved and then refused": {
			[]string{"clerk1 registers", "clerk2 approves", "team1 rejects"}, []string{"clerk1 approves", "clerk1 rejects"}, "FOUR_EYES", "clerk2 approves", false,
		},
		"what was approved, refused and changed": {
			[]string{"clerk1 registers", "clerk2 approves", "team1 rejects", "manager1 renames"}, []string{"clerk1 approves"}, "FOUR_EYES", "clerk2 approves", false,
		},
		"of the same party": {
			[]string{"clerk1 registers"}, []string{"clerk2 approves", "clerk2 rejects"}, "SAME_PARTY", "team1 approves", true,
		},
		"of one of the parties that wrote": {
			[]string{"team1 registers", "clerk1 renames"}, []string{"team2 approves", "clerk2 approves"}, "SAME_PARTY", "manager1 approves", true,
		},
		"of any party that the author belonged to": {
			[]string{"person as team+manager registers"}, []string{"team1 approves", "manager1 approves"}, "SAME_PARTY", "clerk1 approves", true,
		},
		"of the same party, but with another role, too": {
			[]string{"team1 registers"}, []string{"team2 approves"}, "SAME_PARTY", "team2 as team+clerk approves", true,
		},
		"of the same party after an answer": {
			[]string{"manager1 registers", "team1 approves"}, []string{"manager2 rejects"}, "SAME_PARTY", "clerk1 rejects", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
			c := &chain{kit: k, name: "organizations/51433124MJJ000047Y"}
			c.orgs = must(resource.NewStore(t.Context(), k.Kit, answeredKind(story.otherParty)))(t)
			for _, step := range story.steps {
				if reason := c.does(step); reason != "" {
					t.Fatalf("%s: %s", step, reason)
				}
			}
			before := len(k.entries())
			for _, step := range story.refused {
				if reason := c.does(step); reason != story.reason {
					t.Errorf("%s: %q, want %s", step, reason, story.reason)
				}
			}
			if after := len(k.entries()); after != before {
				t.Errorf("%d entries were written by answers that were refused", after-before)
			}
			if reason := c.does(story.succeeds); reason != "" {
				t.Errorf("%s: %s", story.succeeds, reason)
			}
		})
	}
}

func TestARefusedAnswerSaysWhoMayGiveIt(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	c := &chain{kit: k, name: "organizations/51433124MJJ000047Y"}
	c.orgs = must(resource.NewStore(t.Context(), k.Kit, answeredKind(false)))(t)
	c.does("clerk1 registers")
	err := c.answer(people("clerk1"), orgv1.Organization_APPROVED)
	wantFault(t, err, codes.PermissionDenied, "FOUR_EYES")
	if !strings.Contains(err.Error(), "another person must answer") {
		t.Errorf("error %q does not say who answers", err)
	}
}

func TestOnlyAnAnswerAnswers(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createOrganization("51433124MJJ000047Y")
	approve := func(o *orgv1.Organization) error { o.State = orgv1.Organization_APPROVED; return nil }
	r := &orgv1.ApproveOrganizationRequest{Name: made.GetName()}
	if _, err := k.orgs.Mutate(province(), r, approve); err == nil || !strings.Contains(err.Error(), "Store.Answer") {
		t.Errorf("Mutate approves: %v", err)
	}
	_, err := k.orgs.CreateNamed(province(), &orgv1.CreateOrganizationRequest{}, "organizations/53433124MJJ000039X",
		&orgv1.Organization{Uscc: "53433124MJJ000039X", Division: "divisions/433124000000"}, approve)
	if err == nil || !strings.Contains(err.Error(), "answered for already") {
		t.Errorf("Create approves: %v", err)
	}
	_, err = k.orgs.Mutate(province(), r, func(o *orgv1.Organization) error {
		o.DisplayName, o.Authors = "其他", []*resourcev1.Author{{Subject: "another"}}
		return nil
	})
	check(t, err)
	read := must(k.orgs.Get(province(), r))(t)
	if !slices.ContainsFunc(read.GetAuthors(), func(a *resourcev1.Author) bool { return a.GetSubject() == access.From(province()).Subject }) ||
		len(read.GetAuthors()) != 1 {
		t.Errorf("a rule replaced the authors by %v", read.GetAuthors())
	}
}

func TestAKindWithAuthorsDeclaresTheAnswer(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	for why, change := range map[string]func(*resource.Kind[*orgv1.Organization]){
		"declares no Answer": func(k *resource.Kind[*orgv1.Organization]) { k.Answer = nil },
		"has no State":       func(k *resource.Kind[*orgv1.Organization]) { k.Answer.State = nil },
		"has no Reopen":      func(k *resource.Kind[*orgv1.Organization]) { k.Answer.Reopen = nil },
	} {
		kind := organizationKind()
		change(&kind)
		if _, err := resource.NewStore(t.Context(), k.Kit, kind); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("NewStore = %v, want an error that the kind %s", err, why)
		}
	}
	if _, err := resource.NewStore(t.Context(), k.Kit, resource.Kind[*visit]{
		Table: "visits", Belongs: resource.Nationwide(), Answer: &resource.Answer[*visit]{},
	}); err == nil || !strings.Contains(err.Error(), "no field authors") {
		t.Errorf("NewStore = %v, want an error that there is no field authors", err)
	}
}
