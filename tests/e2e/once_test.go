package e2e

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// atOnce is how many callers send the same at the same moment.
const atOnce = 4

// TestTheSameSentByManyAtOnceSucceedsForAll sends each request that passes over what is there already.
func TestTheSameSentByManyAtOnceSucceedsForAll(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		world.Bulletin(t, s, world.Campaign) // report knows the campaign
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

// TestAFileThatIsLoadedByManyAtOnceIsLoadedOnce has two of the callers under one subject, whose requests have the same id.
func TestAFileThatIsLoadedByManyAtOnceIsLoadedOnce(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		for _, f := range sheets() {
			if f.kind == "deliveries" {
				between(t, s)
			}
			if f.kind == "statements" {
				world.Bulletin(t, s, world.Campaign) // report knows the campaign by now
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
