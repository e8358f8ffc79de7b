package demo

import (
	"google.golang.org/grpc"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// NewClients returns the clients of a suite that serves all services on one connection.
func NewClients(conn grpc.ClientConnInterface) Clients {
	return Clients{
		Divisions:     villagev1.NewDivisionServiceClient(conn),
		Villages:      villagev1.NewVillageServiceClient(conn),
		Scopes:        villagev1.NewScopeServiceClient(conn),
		Needs:         villagev1.NewNeedServiceClient(conn),
		Organizations: orgv1.NewOrganizationServiceClient(conn),
		PartyBranches: orgv1.NewPartyBranchServiceClient(conn),
		Campaigns:     actionv1.NewCampaignServiceClient(conn),
		Deliveries:    actionv1.NewDeliveryServiceClient(conn),
		Statements:    reportv1.NewStatementServiceClient(conn),
	}
}
