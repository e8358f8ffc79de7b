package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/wancun/internal/sheet"
)

const (
	// mostViolations is how many an answer holds at most.
	mostViolations = 1000
	// mostRounds bounds how often the suite is asked about one file.
	mostRounds = 150
	// mostCompared bounds how many rows that exist are compared with what is there, each by a call.
	mostCompared = 100
)

// refusal is what is wrong with a file; more says that there may be more.
type refusal struct {
	problems sheet.Problems
	more     bool
}

// Error implements error.
func (r refusal) Error() string { return r.problems.Error() }

// refusal reads an answer as what is wrong with rows of the file; false for any other answer.
func (l *loading) refusal(ctx context.Context, s *sheet.Sheet, request proto.Message, err error) (refusal, bool) {
	f, ok := fault.From(err)
	if !ok {
		return refusal{}, false
	}
	if len(f.Violations()) == 0 {
		if f.Code() == codes.NotFound && strings.HasPrefix(f.Resource(), "campaigns/") && strings.Count(f.Resource(), "/") == 1 {
			return refusal{problems: sheet.Problems{s.OfCampaign("requests[0]", "there is no such campaign")}}, true
		}
		outside := s.Outside(f.Reason(), f.Message())
		return refusal{problems: outside, more: true}, len(outside) > 0
	}
	var found sheet.Problems
	compared := 0
	for _, v := range f.Violations() {
		p := s.Refused(v)
		if s.OnlyWithout(p) {
			continue
		}
		if v.Reason == "RESOURCE_EXISTS" && compared < mostCompared {
			compared++
			p.Reason += l.difference(ctx, s, request, v)
		}
		if p.Line == 0 { // a flag's, which is said of every row
			return refusal{problems: sheet.Problems{p}}, true
		}
		found = append(found, p)
	}
	if len(f.Violations()) < mostViolations {
		return refusal{problems: found}, true
	}
	return refusal{problems: withoutLast(found), more: true}, true
}

// withoutLast leaves out the last row, unless it is the only one: of an answer that was cut off it may hold a part.
func withoutLast(found sheet.Problems) sheet.Problems {
	if len(found) == 0 || found[0].Line == found[len(found)-1].Line {
		return found
	}
	last := found[len(found)-1].Line
	return slices.DeleteFunc(found, func(p sheet.Problem) bool { return p.Line == last })
}

// examined names all that the suite refuses in a sheet, so that the file can be mended in one go. As long as there may be
// more, the suite is asked about the rows in which nothing was found: of what was found here it does not know yet, an answer
// holds only so many problems, and of rows outside the caller's area only the first.
func (l *loading) examined(ctx context.Context, s *sheet.Sheet, bad refusal) error {
	d := l.defaults
	d.ValidateOnly = true
	for round := 0; bad.more && round < mostRounds; round++ {
		rest := s.Without(bad.problems)
		request, err := rest.Request(d)
		if err != nil || rest.Rows() == 0 { // the rest cannot be told from the whole, or there is none
			bad.more = false
			break
		}
		l.bar.wait(l.file)
		_, err = send(ctx, l.conn, request)
		next, refused := l.refusal(ctx, rest, request, err)
		bad.more = next.more || !refused && err != nil
		if len(next.problems) == 0 {
			break
		}
		bad.problems = slices.Concat(bad.problems, next.problems)
	}
	slices.SortStableFunc(bad.problems, func(a, b sheet.Problem) int { return cmp.Compare(a.Line, b.Line) })
	return bad
}

// difference says in what a row that exists differs from what is there, as far as the caller may see it.
func (l *loading) difference(ctx context.Context, s *sheet.Sheet, request proto.Message, v fault.Violation) string {
	name, err := strconv.Unquote(strings.TrimSuffix(v.Description, " exists already"))
	if err != nil {
		return ""
	}
	stored, err := stored(ctx, l.conn, s.Kind(), name)
	if err != nil {
		return "" // the row is refused whatever is there
	}
	columns := s.Differing(request, v.Field, stored)
	if len(columns) == 0 {
		return ""
	}
	return "; it differs in " + strings.Join(columns, ", ")
}

// stored asks for what exists under a name.
func stored(ctx context.Context, conn grpc.ClientConnInterface, kind sheet.Kind, name string) (proto.Message, error) {
	switch kind {
	case sheet.Villages:
		return villagev1.NewVillageServiceClient(conn).GetVillage(ctx, &villagev1.GetVillageRequest{Name: name})
	case sheet.Organizations:
		return orgv1.NewOrganizationServiceClient(conn).GetOrganization(ctx, &orgv1.GetOrganizationRequest{Name: name})
	case sheet.Needs:
		return villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: name})
	case sheet.Deliveries:
		return actionv1.NewDeliveryServiceClient(conn).GetDelivery(ctx, &actionv1.GetDeliveryRequest{Name: name})
	case sheet.Statements:
		return reportv1.NewStatementServiceClient(conn).GetStatement(ctx, &reportv1.GetStatementRequest{Name: name})
	default:
		return nil, fmt.Errorf("%s are not created one by one", kind)
	}
}
