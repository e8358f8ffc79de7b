package demo

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
)

// perProfile is the number of organizations of each profile: 16 × 32 = 512, slightly more than the notice's "more than
// 500".
const perProfile = 32

// profile is a kind of organization with the actions that it takes part in.
type profile struct {
	name, nameEn string
	kind         orgv1.Organization_Type
	actions      []string
}

func profiles() []profile {
	const group, agency, foundation = orgv1.Organization_SOCIAL_GROUP, orgv1.Organization_SERVICE_AGENCY,
		orgv1.Organization_FOUNDATION
	return []profile{
		{"示例眼健康基金会", "Example Eye-Care Foundation", foundation, []string{"bright"}},
		{"示例医疗基金会", "Example Medical Foundation", foundation, []string{"bright", "sweet", "handinhand"}},
		{"示例医师协会", "Example Physicians' Association", group, []string{"bright", "sweet"}},
		{"示例健康服务中心", "Example Health Service Centre", agency, []string{"sweet"}},
		{"示例护理服务中心", "Example Nursing Service Centre", agency, []string{"sweet"}},
		{"示例教育基金会", "Example Education Foundation", foundation, []string{"hope"}},
		{"示例商会", "Example Chamber of Commerce", group, []string{"hope", "handinhand"}},
		{"示例助学服务中心", "Example Student Aid Centre", agency, []string{"hope"}},
		{"示例体育协会", "Example Sports Association", group, []string{"hope"}},
		{"示例种植协会", "Example Planting Association", group, []string{"agritech"}},
		{"示例养殖协会", "Example Breeding Association", group, []string{"agritech"}},
		{"示例物联网协会", "Example Internet-of-Things Association", group, []string{"agritech"}},
		{"示例农技服务中心", "Example Farm Technique Centre", agency, []string{"agritech"}},
		{"示例慈善会", "Example Charity Federation", group, []string{"handinhand"}},
		{"示例志愿者协会", "Example Volunteers' Association", group, []string{"handinhand"}},
		{"示例社会工作服务中心", "Example Social Work Centre", agency, []string{"handinhand"}},
	}
}

// organization is an example organization.
type organization struct {
	profile
	uscc   string
	number int // within its profile
}

func exampleOrganizations() []organization {
	var list []organization
	for number := 1; number <= perProfile; number++ {
		for _, p := range profiles() {
			list = append(list, organization{profile: p, uscc: uscc(p.kind, len(list)+1), number: number})
		}
	}
	return list
}

// goingOn returns the organizations that take part in an action.
func goingOn(action string, organizations []organization) []organization {
	return slices.DeleteFunc(slices.Clone(organizations), func(o organization) bool {
		return !slices.Contains(o.actions, action)
	})
}

// register registers all organizations with the province, which approves them.
func (g *generator) register(organizations []organization) {
	r := &orgv1.BatchCreateOrganizationsRequest{}
	g.call("organizations", province, orgv1.OrganizationService_BatchCreateOrganizations_FullMethodName, r)
	for i, o := range organizations {
		r.Requests = append(r.Requests, &orgv1.CreateOrganizationRequest{Organization: &orgv1.Organization{
			Uscc:            o.uscc,
			DisplayName:     fmt.Sprintf("%s%02d", o.name, o.number),
			DisplayNameEn:   fmt.Sprintf("%s %02d", o.nameEn, o.number),
			Type:            o.kind,
			Level:           orgv1.Organization_PROVINCIAL,
			Division:        "divisions/430000000000",
			SupervisingBody: "示例业务主管单位",
			Contact:         &orgv1.Contact{Person: "示例联系人", Phone: fmt.Sprintf("000 0000 %04d", i+1)},
		}})
		g.call("approvals", registrar, orgv1.OrganizationService_ApproveOrganization_FullMethodName,
			&orgv1.ApproveOrganizationRequest{Name: "organizations/" + o.uscc})
	}
}

// partyBranches registers 272 party branches with 1,087 members, slightly more than the notice's
// "more than 260" and "more than 1,000".
func (g *generator) partyBranches(organizations []organization) {
	r := &orgv1.BatchCreatePartyBranchesRequest{Parent: "organizations/-"}
	for i, o := range organizations {
		if i%31 >= 16 {
			continue // an organization without a branch
		}
		r.Requests = append(r.Requests, &orgv1.CreatePartyBranchRequest{
			Parent: "organizations/" + o.uscc, PartyBranchId: identity("party branch", o.uscc),
			PartyBranch: &orgv1.PartyBranch{
				DisplayName: fmt.Sprintf("中共%s%02d支部", o.name, o.number), MemberCount: int64(3 + i%3),
				Secretary: &orgv1.Contact{Person: "示例书记"}, FoundingDate: &date.Date{Year: 2016, Month: 7, Day: 1},
			},
		})
	}
	g.call("party branches", province, orgv1.PartyBranchService_BatchCreatePartyBranches_FullMethodName, r)
}

// uscc makes a valid code of a social organization registered by the province (GB 32100-2015). Its subject code begins
// with EXAM, so that it is not mistaken for an issued code.
func uscc(kind orgv1.Organization_Type, serial int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	subject := fmt.Sprintf("EXAM%04d", serial)
	code := fmt.Sprintf("5%d430000%s%c", kind, subject, subjectCheck(subject)) // types have the numbers of their category digits
	sum, weight := 0, 1
	for _, c := range code {
		sum += strings.IndexRune(alphabet, c) * weight
		weight = weight * 3 % 31
	}
	return code + string(alphabet[(31-sum%31)%31])
}

// subjectCheck returns the check character of a subject code (GB 11714).
func subjectCheck(subject string) byte {
	sum := 0
	for i, weight := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", subject[i]) * weight
	}
	return "0X987654321"[sum%11]
}
