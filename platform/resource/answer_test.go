package resource_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// chain is a sequence of calls of several people about one delivery.
type chain struct {
	*kit
	name       string
	deliveries *resource.Store[*actionv1.Delivery]
}

// people returns the context of the caller with a name, such as clerk1 or "clerk1 as team". The name gives the role.
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

// does makes a step such as "clerk1 amends", and returns the reason if it is refused.
func (c *chain) does(step string) string {
	c.Helper()
	i := strings.LastIndexByte(step, ' ')
	by, verb := people(step[:i]), step[i+1:]
	update := func(path string, d *actionv1.Delivery) error {
		d.Name = c.name
		_, err := c.deliveries.Update(by, &actionv1.UpdateDeliveryRequest{Delivery: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}}, nil)
		return err
	}
	var err error
	stamp := c.clock.Add(1)
	switch verb {
	case "records":
		_, err = c.deliveries.Create(by, &actionv1.CreateDeliveryRequest{
			Parent: aCampaign, DeliveryId: strings.TrimPrefix(c.name, aCampaign+"/deliveries/"), Delivery: &actionv1.Delivery{
				Action: "bright", Indicator: "BR03", Organization: "organizations/51433124MJJ000047Y", Village: huay,
				DeliveryDate: &date.Date{Year: 2019, Month: 8, Day: 20}, Quantity: 1,
			},
		}, nil)
	case "amends":
		err = update("quantity", &actionv1.Delivery{Quantity: stamp%90_000 + 1})
	case "notes": // changes a field that is not vetted
		err = update("note", &actionv1.Delivery{Note: fmt.Sprint(stamp)})
	case "confirms":
		_, err = c.deliveries.Mutate(by, &actionv1.ConfirmDeliveryRequest{Name: c.name}, nil)
	case "disputes":
		_, err = c.deliveries.Mutate(by, &actionv1.DisputeDeliveryRequest{Name: c.name, Reason: "never came"}, nil)
	case "voids":
		_, err = c.deliveries.Mutate(by, &actionv1.VoidDeliveryRequest{Name: c.name, Reason: "recorded twice"}, nil)
	}
	if f, ok := fault.From(err); ok {
		return f.Reason()
	}
	check(c, err)
	return ""
}

const aCampaign = "campaigns/example"

func answeredKind() resource.Kind[*actionv1.Delivery] {
	return resource.Kind[*actionv1.Delivery]{
		Table:   "deliveries",
		Parents: villages{},
		Columns: []resource.Column[*actionv1.Delivery]{
			resource.Text("uscc", func(d *actionv1.Delivery) string { return access.OrganizationOf(d.GetOrganization()) }).Organization(),
			resource.Text("area", func(d *actionv1.Delivery) string { return access.AreaOf(d.GetVillage()) }).Area(),
		},
	}
}

// openChain returns a chain of a delivery that another party must answer, as in the contract, or any other person.
func openChain(t *testing.T, otherParty bool) *chain {
	t.Helper()
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	c := &chain{kit: k, name: aCampaign + "/deliveries/01980000-0000-7000-8000-000000000001"}
	c.deliveries = must(resource.NewStore(t.Context(), k.Kit, answeredKind()))(t)
	if !otherParty {
		c.deliveries.AnyOtherAnswers()
	}
	return c
}

func TestNoAuthorAnswers(t *testing.T) {
	for name, story := range map[string]struct {
		steps      []string // all succeed
		refused    []string // each would be refused after the steps
		reason     string
		succeeds   string // would succeed after the steps
		otherParty bool
	}{
		"who wrote it": {
			[]string{"clerk1 records"}, []string{"clerk1 confirms", "clerk1 disputes"}, "FOUR_EYES", "clerk2 confirms", false,
		},
		"under another role": {
			[]string{"clerk1 records"}, []string{"clerk1 as team confirms", "clerk1 as prefecture disputes"}, "FOUR_EYES", "team1 confirms", false,
		},
		"after a colleague wrote, too": {
			[]string{"clerk1 records", "clerk2 notes"}, []string{"clerk1 as team confirms", "clerk2 confirms"}, "FOUR_EYES", "team1 confirms", false,
		},
		"since the last answer": {
			[]string{"clerk1 records", "clerk2 confirms", "clerk2 amends"}, []string{"clerk2 confirms"}, "FOUR_EYES", "clerk1 confirms", false,
		},
		"what is not vetted, too": {
			[]string{"clerk1 records", "clerk2 confirms", "manager1 notes", "clerk2 amends"},
			[]string{"manager1 confirms", "clerk2 confirms"}, "FOUR_EYES", "clerk1 confirms", false,
		},
		"what was refused": {
			[]string{"clerk1 records", "clerk2 disputes"}, []string{"clerk1 confirms"}, "FOUR_EYES", "clerk2 confirms", false,
		},
		"what was refused and changed by another": {
			[]string{"clerk1 records", "clerk2 disputes", "manager1 amends"}, []string{"clerk1 confirms", "manager1 confirms"}, "FOUR_EYES", "clerk2 confirms", false,
		},
		"what was approved and then refused": {
			[]string{"clerk1 records", "clerk2 confirms", "team1 disputes"}, []string{"clerk1 confirms"}, "FOUR_EYES", "clerk2 confirms", false,
		},
		"what was approved, refused and changed": {
			[]string{"clerk1 records", "clerk2 confirms", "team1 disputes", "manager1 amends"}, []string{"clerk1 confirms"}, "FOUR_EYES", "clerk2 confirms", false,
		},
		"of the same party": {
			[]string{"clerk1 records"}, []string{"clerk2 confirms", "clerk2 disputes"}, "SAME_PARTY", "team1 confirms", true,
		},
		"of one of the parties that wrote": {
			[]string{"team1 records", "clerk1 amends"}, []string{"team2 confirms", "clerk2 confirms"}, "SAME_PARTY", "manager1 confirms", true,
		},
		"of any party that the author belonged to": {
			[]string{"person as team+manager records"}, []string{"team1 confirms", "manager1 confirms"}, "SAME_PARTY", "clerk1 confirms", true,
		},
		"of the same party, but with another role, too": {
			[]string{"team1 records"}, []string{"team2 confirms"}, "SAME_PARTY", "team2 as team+clerk confirms", true,
		},
		"of the same party after an answer": {
			[]string{"manager1 records", "team1 confirms"}, []string{"manager2 disputes"}, "SAME_PARTY", "clerk1 disputes", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := openChain(t, story.otherParty)
			for _, step := range story.steps {
				if reason := c.does(step); reason != "" {
					t.Fatalf("%s: %s", step, reason)
				}
			}
			before := len(c.entries())
			for _, step := range story.refused {
				if reason := c.does(step); reason != story.reason {
					t.Errorf("%s: %q, want %s", step, reason, story.reason)
				}
			}
			if after := len(c.entries()); after != before {
				t.Errorf("%d entries were written by answers that were refused", after-before)
			}
			if reason := c.does(story.succeeds); reason != "" {
				t.Errorf("%s: %s", story.succeeds, reason)
			}
		})
	}
}

func TestARefusedAnswerSaysWhoMayGiveIt(t *testing.T) {
	c := openChain(t, false)
	c.does("clerk1 records")
	_, err := c.deliveries.Mutate(people("clerk1"), &actionv1.ConfirmDeliveryRequest{Name: c.name}, nil)
	wantFault(t, err, codes.PermissionDenied, "FOUR_EYES")
	if !strings.Contains(err.Error(), "COUNTY_CLERK") || !strings.Contains(err.Error(), "VILLAGE_TEAM") {
		t.Errorf("error %q does not say who answers", err)
	}
}

func TestARuleCannotReplaceTheAuthors(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 1)
	must(k.needs.Mutate(province(), &villagev1.SubmitNeedRequest{Name: made.GetName()}, func(n *villagev1.Need) error {
		n.Authors = []*resourcev1.Author{{Subject: "another"}}
		return nil
	}))(t)
	read := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: made.GetName()}))(t)
	if len(read.GetAuthors()) != 1 || read.GetAuthors()[0].GetSubject() != access.From(province()).Subject {
		t.Errorf("a rule replaced the authors by %v", read.GetAuthors())
	}
}
