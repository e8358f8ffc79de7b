package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// atOnce is the number of callers that send the same request at the same time.
const atOnce = 4

// TestTheSameSentByManyAtOnceSucceedsForAll sends each kind of request that skips existing resources.
func TestTheSameSentByManyAtOnceSucceedsForAll(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		world.Bulletin(t, s, world.Campaign) // waits until report knows the campaign
		for _, call := range world.Calls(t) {
			skips := call.Method.Input().Fields().ByName("skip_identical")
			if skips == nil && call.Name != "DivisionService.ImportDivisions" {
				continue
			}
			t.Run(call.Name, func(t *testing.T) {
				m := proto.Clone(call.Request).ProtoReflect()
				fields := m.Descriptor().Fields()
				m.Clear(fields.ByName("request_id"))
				m.Clear(fields.ByName("validate_only"))
				if skips != nil {
					m.Set(skips, protoreflect.ValueOfBool(true))
				}
				var all sync.WaitGroup
				begin := make(chan struct{})
				for n := range atOnce {
					ctx := s.As(t, fmt.Sprintf("caller %d", n), world.Admin())
					all.Go(func() {
						<-begin
						if _, err := s.Call(ctx, call.Method, proto.Clone(m.Interface())); err != nil {
							t.Errorf("caller %d: %v", n, err)
						}
					})
				}
				close(begin)
				all.Wait()
			})
		}
	})
}

// TestAFileThatIsLoadedByManyAtOnceIsLoadedOnce uses one subject for two of the callers, so that their requests have
// the same id.
func TestAFileThatIsLoadedByManyAtOnceIsLoadedOnce(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		for _, f := range sheets() {
			if f.kind == "deliveries" {
				between(t, s)
			}
			if f.kind == "statements" {
				world.Bulletin(t, s, world.Campaign) // waits until report knows the campaign
			}
			t.Run(f.kind, func(t *testing.T) {
				var all sync.WaitGroup
				for _, subject := range []string{"one", "two", "three", "three"} {
					c := &clerk{suite: s, token: s.Token(t, subject, world.Admin()), dir: t.TempDir()}
					path := c.file(t, f.kind+".csv", f.header, f.rows...)
					all.Go(func() {
						if r := c.load(t, append(slices.Clone(f.flags), path)...); r.Code != 0 {
							t.Errorf("%s: code %d\n%s%s", subject, r.Code, r.Out, r.Err)
						}
					})
				}
				all.Wait()
			})
		}
	})
}

// TestAnIdIsTheSameInCapitals repeats a request over the other protocol, with its ids in upper case.
func TestAnIdIsTheSameInCapitals(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	token := s.Token(t, "caller", world.Admin())
	for _, call := range world.Calls(t) {
		if !strings.HasPrefix(string(call.Method.Name()), "Create") || call.Name == "StatementService.CreateStatement" {
			continue // statements are the same, but report would have to apply the campaign first
		}
		t.Run(call.Name, func(t *testing.T) {
			m := proto.Clone(call.Request).ProtoReflect()
			fields := m.Descriptor().Fields()
			m.Clear(fields.ByName("validate_only"))
			for _, id := range []protoreflect.Name{"need_id", "delivery_id"} { // without these fields the service chooses the id
				if f := fields.ByName(id); f != nil {
					m.Clear(f)
				}
			}
			first, err := s.Call(suite.WithToken(t.Context(), token), call.Method, m.Interface())
			if err != nil {
				t.Fatal(err)
			}
			id := fields.ByName("request_id")
			m.Set(id, protoreflect.ValueOfString(strings.ToUpper(m.Get(id).String())))
			r := suite.Route(t, call.Method, m.Interface())
			r.Token = token
			again := first.ProtoReflect().New().Interface()
			s.Do(t, r).Into(t, again)
			if !proto.Equal(first, again) {
				t.Errorf("answered first\n%v\nand then\n%v", first, again)
			}
		})
	}
	need, err := villagev1.NewNeedServiceClient(s.Conn).CreateNeed(suite.WithToken(t.Context(), token), &villagev1.CreateNeedRequest{
		Parent: "villages/" + world.Village, NeedId: strings.ToUpper(world.ID("capitals")),
		Need: &villagev1.Need{Category: "cataract_patients", Quantity: 1, Unit: "person", SurveyDate: world.Day(6, 1)},
	})
	if err != nil || need.GetName() != "villages/"+world.Village+"/needs/"+world.ID("capitals") {
		t.Errorf("a need with an id in capitals: %v, %v", need, err)
	}
}
