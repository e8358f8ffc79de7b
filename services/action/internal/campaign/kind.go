package campaign

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/resource"
)

// kind declares the campaign: a public resource that may span the country.
func kind() resource.Kind[*actionv1.Campaign] {
	type c = *actionv1.Campaign
	return resource.Kind[c]{
		Table:     "campaigns",
		Belongs:   resource.Nationwide(),
		OpenReads: true,
		Columns: []resource.Column[c]{
			resource.Text("display_name", c.GetDisplayName),
			resource.Text("scope", c.GetScope),
			resource.Date("start_date", c.GetStartDate),
		},
		Validate: Validate,
	}
}
