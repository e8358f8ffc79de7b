package access

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// answered is a kind of resource that a second person answers, with the calls of a random chain on one resource.
type answered struct {
	log     string
	name    string
	create  string // the RPC that creates it; empty if the world has the resource
	created func() proto.Message
	steps   map[string]func(n int) proto.Message // by RPC: writes that are not answers
	answers map[string]func() proto.Message      // by RPC
	// parties means that the answer also needs a role that no author had.
	parties bool
}

// kinds returns every such kind, each with a resource for the given chain.
func kinds(chain int) map[string]answered {
	delivery := world.Campaign + "/deliveries/" + world.ID("chain", chain)
	need := "villages/" + world.Village + "/needs/" + world.ID("chain", chain)
	const foundation = "organizations/" + world.Foundation
	return map[string]answered{
		"wancun.action.v1.Delivery": {
			log: "logs/action", name: delivery, parties: true, create: "DeliveryService.CreateDelivery",
			created: func() proto.Message {
				return &actionv1.CreateDeliveryRequest{
					Parent: world.Campaign, DeliveryId: world.Short(delivery), Delivery: world.Operations(world.Village, int64(10+chain)),
					Acknowledge: []string{world.Duplicate},
				}
			},
			steps: map[string]func(int) proto.Message{
				"DeliveryService.UpdateDelivery": func(n int) proto.Message {
					d := &actionv1.Delivery{Name: delivery, Quantity: int64(1 + n%5), Note: fmt.Sprint("note ", n%3)}
					return &actionv1.UpdateDeliveryRequest{
						Delivery: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: [][]string{{"quantity"}, {"note"}, {"quantity", "note"}}[n%3]},
						Acknowledge: []string{world.Duplicate},
					}
				},
			},
			answers: map[string]func() proto.Message{
				"DeliveryService.ConfirmDelivery": func() proto.Message { return &actionv1.ConfirmDeliveryRequest{Name: delivery} },
				"DeliveryService.DisputeDelivery": func() proto.Message {
					return &actionv1.DisputeDeliveryRequest{Name: delivery, Reason: "示例"}
				},
			},
		},
		"wancun.village.v1.Need": {
			log: "logs/village", name: need, create: "NeedService.CreateNeed",
			created: func() proto.Message {
				return &villagev1.CreateNeedRequest{
					Parent: "villages/" + world.Village, NeedId: world.Short(need),
					Acknowledge: []string{world.Duplicate},
					Need:        &villagev1.Need{Category: "cataract_patients", Quantity: 3, Unit: "person", SurveyDate: world.Day(6, 1)},
				}
			},
			steps: map[string]func(int) proto.Message{
				"NeedService.UpdateNeed": func(n int) proto.Message {
					return &villagev1.UpdateNeedRequest{
						Need:       &villagev1.Need{Name: need, Quantity: int64(1 + n%5)},
						UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}}, Acknowledge: []string{world.Duplicate},
					}
				},
				"NeedService.SubmitNeed": func(int) proto.Message { return &villagev1.SubmitNeedRequest{Name: need} },
			},
			answers: map[string]func() proto.Message{
				"NeedService.VerifyNeed": func() proto.Message { return &villagev1.VerifyNeedRequest{Name: need} },
				"NeedService.ReturnNeed": func() proto.Message { return &villagev1.ReturnNeedRequest{Name: need, Reason: "示例"} },
			},
		},
		"wancun.org.v1.Organization": {
			log: "logs/org", name: foundation, // all chains use the existing one
			steps: map[string]func(int) proto.Message{
				"OrganizationService.UpdateOrganization": func(n int) proto.Message {
					return &orgv1.UpdateOrganizationRequest{
						Organization: &orgv1.Organization{
							Name: foundation, DisplayName: fmt.Sprint("示例", n%4), Contact: &orgv1.Contact{Person: fmt.Sprint("示例", n%5)},
						},
						UpdateMask: &fieldmaskpb.FieldMask{Paths: [][]string{{"display_name"}, {"contact"}}[n%2]},
					}
				},
				"OrganizationService.EraseOrganizationContact": func(int) proto.Message {
					return &orgv1.EraseOrganizationContactRequest{Name: foundation}
				},
			},
			answers: map[string]func() proto.Message{
				"OrganizationService.ApproveOrganization": func() proto.Message { return &orgv1.ApproveOrganizationRequest{Name: foundation} },
			},
		},
	}
}

// grantsOf returns one to three random grants that cover the world's village and the kind's organization.
func grantsOf(rng *rand.Rand) []*accessv1.Grant {
	all := []*accessv1.Grant{
		world.Admin(), suite.In(world.County, accessv1.Grant_COUNTY_CLERK), suite.In("4331", accessv1.Grant_PREFECTURE_CLERK),
		world.Team(world.Village), suite.Of(world.Association), suite.Of(world.Foundation), suite.Everywhere(accessv1.Grant_ACTION_OFFICE),
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+rng.IntN(3)]
}

// TestEveryKindWithAuthorsIsTried finds the kinds in the contract, and fails for a message with authors without a
// chain.
func TestEveryKindWithAuthorsIsTried(t *testing.T) {
	tried := kinds(0)
	for _, m := range suite.Methods() {
		d := m.Output()
		if f := d.Fields().ByName("authors"); f == nil {
			continue
		}
		k, there := tried[string(d.FullName())]
		if !there {
			t.Errorf("%s has authors, and no chain tries it", d.FullName())
			continue
		}
		name := suite.Name(m)
		_, step := k.steps[name]
		_, answer := k.answers[name]
		rpc := string(m.Name())
		if !step && !answer && !strings.HasPrefix(rpc, "Get") && !strings.HasPrefix(rpc, "Create") && !strings.HasPrefix(rpc, "Void") {
			t.Errorf("%s writes %s, and no chain tries it", name, d.FullName())
		}
	}
}

// walk makes random calls on the resources of the kinds, over gRPC, and remembers the roles of the writers.
type walk struct {
	*testing.T
	suite   *suite.Suite
	methods map[string]protoreflect.MethodDescriptor
	rng     *rand.Rand
	taken   map[string]int // by RPC
	// For each resource: its newest etag, and the roles that wrote since its last affirming answer.
	etags map[string]string
	roles map[string][]accessv1.Grant_Role
}

// takes makes a call as a random subject with the grants, and reports whether it changed the resource.
func (w *walk) takes(k answered, rpc string, request proto.Message, grants []*accessv1.Grant) bool {
	subject := fmt.Sprint("person ", w.rng.IntN(8))
	answer, err := w.suite.Call(w.suite.As(w.T, subject, grants...), w.methods[rpc], request)
	switch status.Code(err) {
	case codes.OK:
	case codes.PermissionDenied, codes.FailedPrecondition, codes.NotFound:
		return false
	default:
		w.Fatalf("%s by %s: %v", rpc, subject, err)
	}
	w.taken[rpc]++
	etag := answer.(interface{ GetEtag() string }).GetEtag() //nolint:forcetypeassert // every resource has one
	written := etag != w.etags[k.name]
	w.etags[k.name] = etag
	return written
}

// able returns the roles in grants that the RPC admits for the world's association.
func (w *walk) able(rpc string, grants []*accessv1.Grant) []accessv1.Grant_Role {
	var roles []accessv1.Grant_Role
	for _, g := range grants {
		if slices.Contains(policy(w.T, w.methods[rpc]).Roles, g.GetRole()) && g.GetOrganization() != world.Foundation {
			roles = append(roles, g.GetRole())
		}
	}
	return roles
}

// writes makes a call that is not an answer.
func (w *walk) writes(k answered, rpc string, request proto.Message, grants []*accessv1.Grant) {
	if w.takes(k, rpc, request, grants) {
		w.roles[k.name] = append(w.roles[k.name], w.able(rpc, grants)...)
	}
}

// answers makes a random caller answer. It fails if the call succeeds although every role of the caller is one of the
// writers' roles.
func (w *walk) answers(k answered, rpc string) {
	grants := grantsOf(w.rng)
	if !w.takes(k, rpc, k.answers[rpc](), grants) {
		return
	}
	if k.parties && !slices.ContainsFunc(w.able(rpc, grants), func(r accessv1.Grant_Role) bool {
		return !slices.Contains(w.roles[k.name], r)
	}) {
		w.Errorf("%s of %s by one of the parties that wrote it: %v, written by %v", rpc, k.name, grants, w.roles[k.name])
	}
	if affirming(rpc) {
		delete(w.roles, k.name)
	}
}

func TestNoAuthorAnswersInAnyChainOfWriters(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	w := &walk{
		T: t, suite: s, methods: map[string]protoreflect.MethodDescriptor{}, rng: rand.New(rand.NewPCG(9, 9)),
		taken: map[string]int{}, etags: map[string]string{}, roles: map[string][]accessv1.Grant_Role{},
	}
	for _, m := range suite.Methods() {
		w.methods[suite.Name(m)] = m
	}
	for chain := range 12 {
		all := kinds(chain)
		for _, kind := range sorted(all) {
			k := all[kind]
			if k.create != "" {
				writer := [...]*accessv1.Grant{world.Admin(), world.Team(world.Village), suite.In(world.County, accessv1.Grant_COUNTY_CLERK)}[chain%3]
				w.writes(k, k.create, k.created(), []*accessv1.Grant{writer})
			}
			steps, answers := sorted(k.steps), sorted(k.answers)
			for range 40 {
				if w.rng.IntN(4) == 0 {
					rpc := steps[w.rng.IntN(len(steps))]
					w.writes(k, rpc, k.steps[rpc](w.rng.IntN(60)), grantsOf(w.rng))
				} else {
					w.answers(k, answers[w.rng.IntN(len(answers))])
				}
			}
		}
	}
	given := 0
	for _, k := range kinds(0) {
		given += judge(t, s, k.log)
		for _, rpc := range append(sorted(k.steps), sorted(k.answers)...) {
			if w.taken[rpc] == 0 {
				t.Errorf("no chain took the step %s", rpc)
			}
		}
	}
	t.Logf("%d answers were given; steps taken: %v", given, w.taken)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func affirming(rpc string) bool {
	return slices.Contains([]string{"ConfirmDelivery", "VerifyNeed", "ApproveOrganization"}, rpc[strings.LastIndexAny(rpc, "./")+1:])
}

// history is what the journal contains about one resource.
type history struct {
	since    map[string]bool // subjects that wrote since the last answer
	unproven map[string]bool // subjects that wrote since the last affirming answer
}

// judge replays a journal and returns the number of answers. It fails for each answer by a subject that wrote since the
// last answer, or since the last affirming answer. It finds the writers in the journal's entries, not in the authors of
// the resources.
func judge(t *testing.T, s *suite.Suite, log string) int {
	t.Helper()
	all := map[string]*history{}
	answers := 0
	for _, r := range records(t, s, log) {
		h := all[r.GetResource()]
		if h == nil {
			h = &history{since: map[string]bool{}, unproven: map[string]bool{}}
			all[r.GetResource()] = h
		}
		rpc, by := r.GetMethod(), r.GetActor().GetSubject()
		if affirms := affirming(rpc); affirms || strings.HasSuffix(rpc, "/DisputeDelivery") || strings.HasSuffix(rpc, "/ReturnNeed") {
			answers++
			if h.since[by] || h.unproven[by] {
				t.Errorf("%s of %s (revision %d) by %s, who wrote it", rpc, r.GetResource(), r.GetRevision(), by)
			}
			clear(h.since)
			if affirms {
				clear(h.unproven)
			}
			continue
		}
		h.since[by], h.unproven[by] = true, true
	}
	return answers
}

// records returns all records of a log.
func records(t *testing.T, s *suite.Suite, log string) []*journalv1.Record {
	t.Helper()
	world.Bulletin(t, s, world.Campaign) // waits until every entry has its position
	stream, err := journalv1.NewJournalServiceClient(s.Conn).Read(
		s.As(t, "auditor", suite.Everywhere(accessv1.Grant_AUDITOR)), &journalv1.ReadRequest{Log: log, Decode: true})
	if err != nil {
		t.Fatal(err)
	}
	var all []*journalv1.Record
	for {
		page, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.GetEntries() {
			all = append(all, e.GetContent())
		}
	}
}
