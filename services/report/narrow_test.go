package report

import (
	"testing"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/servertest"
)

func TestADrillDownNamesWhatLiesInTheCallersAreaAndAddsUpAllTheSame(t *testing.T) {
	s := newStage(t, servertest.Database(t))
	s.bulletin(t, s.actions.write(t, campaign(), grant(1, orgA, luxi, 300), grant(2, orgB, longhui, 500)))
	for name, c := range map[string]struct {
		grant *accessv1.Grant
		named map[string]bool // villages
	}{
		"an auditor":             {servertest.Grant(accessv1.Grant_AUDITOR), map[string]bool{"villages/" + luxi: true, "villages/" + longhui: true}},
		"the clerk of one":       {servertest.Grant(accessv1.Grant_COUNTY_CLERK, "433124"), map[string]bool{"villages/" + luxi: true}},
		"the clerk of elsewhere": {servertest.Grant(accessv1.Grant_COUNTY_CLERK, "433122"), nil},
	} {
		r, err := s.bulletins.ListFigureEntries(servertest.As(t.Context(), "u", c.grant),
			&reportv1.ListFigureEntriesRequest{Parent: campaignName + "/figures/HP04", PageSize: 10})
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		named := 0
		for _, e := range r.GetEntries() {
			sum += e.GetAmount().GetValue()
			whole := e.GetDelivery() != "" && e.GetOrganization() != "" && e.GetDeliveryDate() != nil
			nothing := e.GetDelivery() == "" && e.GetOrganization() == "" && e.GetDeliveryDate() == nil && e.GetVillage() == ""
			switch {
			case e.GetPosition() == 0:
				t.Errorf("to %s an entry has no place in the journal", name)
			case whole && c.named[e.GetVillage()]:
				named++
			case !nothing:
				t.Errorf("to %s an entry is %v", name, e)
			}
		}
		if total := r.GetTotal().GetValue(); len(r.GetEntries()) != 2 || named != len(c.named) || sum != total || total == 0 {
			t.Errorf("to %s %d of %d entries are named, and add up to %d of %d", name, named, len(r.GetEntries()), sum, total)
		}
	}
}
