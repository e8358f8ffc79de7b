package demo

import (
	"bytes"
	_ "embed" // for the embedded files of facts
	"fmt"
	"slices"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/wancun/internal/sheet"
)

var (
	//go:embed campaign.json
	campaignJSON []byte
	//go:embed divisions.csv
	divisionsCSV []byte
	//go:embed notice-2019-indicators.csv
	statementsCSV []byte
)

// CampaignID is the id of the demonstration's campaign.
const CampaignID = "five-special-actions-2019"

const (
	// edition is earlier than the campaign and than every published edition of the codes, so that a real edition can be
	// imported over the demonstration.
	edition = "2018-10-31"
	source  = "2019年12月通报：湖南省民政厅引导动员社会组织参与脱贫攻坚"
)

// statedOn is the day as of which the notice states its figures.
func statedOn() *date.Date { return &date.Date{Year: 2019, Month: 12, Day: 20} }

// campaign returns the notice's campaign with its actions, 40 indicators and need categories.
func campaign() (*actionv1.CreateCampaignRequest, error) {
	c := new(actionv1.Campaign)
	if err := protojson.Unmarshal(campaignJSON, c); err != nil {
		return nil, fmt.Errorf("read the demonstration's campaign: %w", err)
	}
	return &actionv1.CreateCampaignRequest{Campaign: c, CampaignId: CampaignID}, nil
}

// statements returns the notice's 40 figures. Those that the notice gives for the whole province are incomplete, as it
// says itself.
func statements() (*reportv1.BatchCreateStatementsRequest, error) {
	r, err := rows[*reportv1.BatchCreateStatementsRequest]("notice-2019-indicators.csv", statementsCSV, sheet.Defaults{
		Campaign: CampaignID, AsOf: statedOn(), Source: source,
	})
	if err != nil {
		return nil, err
	}
	for _, s := range r.GetRequests() {
		if slices.Contains([]string{"PV01", "PV02", "PV03"}, s.GetStatement().GetIndicator()) {
			s.Statement.Completeness = reportv1.Statement_INCOMPLETE
		}
	}
	return r, nil
}

// realDivisions returns the province, the 5 prefectures and the 19 counties of the notice.
func realDivisions() (*villagev1.ImportDivisionsRequest, error) {
	return rows[*villagev1.ImportDivisionsRequest]("divisions.csv", divisionsCSV, sheet.Defaults{Edition: edition})
}

// rows reads an embedded file in the same way as a user's file.
func rows[M proto.Message](name string, content []byte, defaults sheet.Defaults) (M, error) {
	var none M
	s, err := sheet.Read(name, bytes.NewReader(content))
	if err != nil {
		return none, fmt.Errorf("read the demonstration's facts: %w", err)
	}
	request, err := s.Request(defaults)
	if err != nil {
		return none, fmt.Errorf("read the demonstration's facts: %w", err)
	}
	m, ok := request.(M)
	if !ok {
		return none, fmt.Errorf("read the demonstration's facts: %s holds %s", name, s.Kind())
	}
	return m, nil
}
