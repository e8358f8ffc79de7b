package cli

import (
	"context"
	"fmt"
	"slices"
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
	// mostCompared bounds how many existing rows are compared with the stored resources. Each comparison is a call.
	mostCompared = 100
	// mostAsked bounds how often one file is sent to the suite for checking. The suite checks in three stages and stops
	// at the first with errors: whether the caller may write to the rows' places, whether the rows satisfy the
	// contract, and whether they fit what is stored. Each stage reports all of its errors.
	mostAsked = 3
)

// refusal is the error for a file with wrong rows.
type refusal struct {
	problems sheet.Problems
	further  fault.Further // problems that did not fit into the response
	more     bool          // further checks may find more problems
}

// Error implements error.
func (r refusal) Error() string { return r.problems.Error() }

// count returns the number of known problems.
func (r refusal) count() int { return r.problems.Count() + r.further.Rows }

// whole reports whether the lines of all problems are known.
func (r refusal) whole() bool { return r.count() == len(r.problems) }

// refusal converts the error of a call into the problems of the file's rows; false if the error is not about rows.
func (l *loading) refusal(ctx context.Context, s *sheet.Sheet, request proto.Message, err error) (refusal, bool) {
	f, ok := fault.From(err)
	if !ok {
		return refusal{}, false
	}
	if len(f.Violations()) == 0 {
		if f.Code() == codes.NotFound && strings.HasPrefix(f.Resource(), "campaigns/") && strings.Count(f.Resource(), "/") == 1 {
			return refusal{problems: sheet.Problems{s.OfCampaign("requests[0]", "there is no such campaign")}}, true
		}
		return refusal{}, false
	}
	found := refusal{further: f.Further(), more: f.Code() == codes.PermissionDenied} // after PERMISSION_DENIED other rows are unchecked
	compared := 0
	for _, v := range f.Violations() {
		for _, p := range s.Refused(v) {
			switch {
			case s.OnlyWithout(p):
				continue
			case p.Line == 0: // a problem with a flag is the same in every row
				return refusal{problems: sheet.Problems{p}}, true
			case v.Reason == "RESOURCE_EXISTS" && compared < mostCompared:
				compared++
				p.Reason += l.difference(ctx, s, request, p)
			}
			found.problems = append(found.problems, p)
		}
	}
	return found, true
}

// examined has the suite check the rows in which no problem was found so far, and adds their problems. So the user can
// correct the whole file at once.
func (l *loading) examined(ctx context.Context, s *sheet.Sheet, bad refusal) error {
	d := l.defaults
	d.ValidateOnly = true
	for asked := 0; bad.more && bad.whole() && asked < mostAsked; asked++ {
		rest := s.Without(bad.problems)
		request, err := rest.Request(d)
		if err != nil || rest.Rows() == 0 { // the remaining rows cannot be checked alone, or there are none
			bad.more = false
			break
		}
		l.bar.wait(l.file)
		_, err = send(ctx, l.conn, request, func(done int) { l.bar.report(done, rest.Rows(), l.file) })
		next, refused := l.refusal(ctx, rest, request, err)
		bad.more = next.more || !refused && err != nil
		if len(next.problems) == 0 {
			break
		}
		bad.problems, bad.further = slices.Concat(bad.problems, next.problems), next.further
	}
	return bad
}

// difference names the columns in which a row differs from the stored resource, as far as the caller may see it.
func (l *loading) difference(ctx context.Context, s *sheet.Sheet, request proto.Message, p sheet.Problem) string {
	name := s.NameOf(request, p)
	if name == "" {
		return ""
	}
	stored, err := stored(ctx, l.conn, s.Kind(), name)
	if err != nil {
		return "" // the row is refused in any case
	}
	columns := s.Differing(request, p, stored)
	if len(columns) == 0 {
		return ""
	}
	return "; it differs in " + strings.Join(columns, ", ")
}

// stored gets the resource of a name.
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
