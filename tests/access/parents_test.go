package access

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// absent returns names without a resource, by their collections.
func absent() map[string]string {
	return map[string]string{
		"villages": "villages/" + world.Untaken, "campaigns": "campaigns/absent", "organizations": "organizations/" + world.Newcomer,
		"campaigns/figures": world.Campaign + "/figures/XX99", "accounts": "accounts/" + world.ID("absent"),
	}
}

// collection returns a resource name without its ids.
func collection(name string) string {
	var of []string
	for i, segment := range strings.Split(name, "/") {
		if i%2 == 0 {
			of = append(of, segment)
		}
	}
	return strings.Join(of, "/")
}

// reparent replaces the parent of a request and of the requests in it. found reports whether any of them has a parent,
// and whole whether the outer request does.
func reparent(m protoreflect.Message, parent func(was string) string) (found, whole bool) {
	if f := m.Descriptor().Fields().ByName("parent"); f != nil && f.Kind() == protoreflect.StringKind {
		m.Set(f, protoreflect.ValueOfString(parent(m.Get(f).String())))
		found, whole = true, true
	}
	if f := m.Descriptor().Fields().ByName("requests"); f != nil && f.IsList() {
		rows := m.Mutable(f).List()
		for i := range rows.Len() {
			within, _ := reparent(rows.Get(i).Message(), parent)
			found = found || within
		}
	}
	return found, whole
}

// TestWhatIsAskedOfAParentThatDoesNotExistIsNotFound calls every RPC whose request names a parent: lists, creations and
// batches of creations.
func TestWhatIsAskedOfAParentThatDoesNotExistIsNotFound(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		world.Prepare(t, s)
		tried := 0
		for _, c := range world.Calls(t) {
			request, missing := proto.Clone(c.Request), ""
			has, whole := reparent(request.ProtoReflect(), func(was string) string {
				if missing = absent()[collection(was)]; missing == "" {
					t.Errorf("%s: say in absent what a resource of %s is called that does not exist", c.Name, was)
				}
				return missing
			})
			if !has || missing == "" {
				continue
			}
			tried++
			token := s.Token(t, "tester", suite.Everywhere(accessv1.Grant_PROVINCE_ADMIN))
			_, err := s.Call(suite.WithToken(t.Context(), token), c.Method, request)
			refused, ok := fault.From(err)
			if !ok || refused.Code() != codes.NotFound || refused.Resource() != missing {
				t.Errorf("%s of %s: %v, want NOT_FOUND of it", c.Name, missing, err)
				continue
			}
			if v := refused.Violations(); !whole && (len(v) != 1 || v[0].Field != "requests[0].parent") {
				t.Errorf("%s of %s: %v, want the row named", c.Name, missing, v)
			}
			r := suite.Route(t, c.Method, request)
			r.Token = token
			if answer := s.Do(t, r); answer.Status != http.StatusNotFound || !strings.Contains(string(answer.Body), `"resource":"`+missing+`"`) {
				t.Errorf("%s of %s over REST: %d %s", c.Name, missing, answer.Status, answer.Body)
			}
		}
		if tried < 8 {
			t.Errorf("only %d RPCs name a parent", tried)
		}
	})
}

// TestAListOfAParentAnswersAsAGetOfItDoes compares the codes for callers at several places, so that a list does not
// reveal which villages exist elsewhere.
func TestAListOfAParentAnswersAsAGetOfItDoes(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		villages, needs := villagev1.NewVillageServiceClient(s.Conn), villagev1.NewNeedServiceClient(s.Conn)
		read := 0
		for _, area := range []string{"43", "4331", world.County, world.NearbyCounty, world.Village, world.Away, "999999"} {
			ctx := s.As(t, "reader", suite.In(area, accessv1.Grant_LEADER))
			for _, village := range append(world.Villages(), world.Untaken) {
				name := "villages/" + village
				_, got := villages.GetVillage(ctx, &villagev1.GetVillageRequest{Name: name})
				_, listed := needs.ListNeeds(ctx, &villagev1.ListNeedsRequest{Parent: name})
				if fault.Status(got).Code() != fault.Status(listed).Code() {
					t.Errorf("a leader of %s: a get of %s answers %v, a list of its needs %v", area, name, got, listed)
				}
				if got == nil {
					read++
				}
			}
		}
		if read < 4 {
			t.Errorf("only %d villages could be read", read)
		}
	})
}
