package demo

import (
	"fmt"
	"strings"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

// province is where the campaign runs.
const province = "43"

// people are the persons under whose identities the demonstration is loaded.
type people struct {
	province  Person            // registers, and creates statements
	registrar Person            // approves the registered organizations
	office    Person            // the action office: records, amends and voids
	counties  map[string]Person // by the county's 6 digits: verify needs
	teams     map[string]Person // by the village's name: submit needs, answer for deliveries
}

func gather(options Options, data Data) (people, error) {
	p := people{counties: make(map[string]Person), teams: make(map[string]Person)}
	var err error
	person := func(subject string, role accessv1.Grant_Role, area string) Person {
		if err != nil {
			return nil
		}
		var someone Person
		if someone, err = options.As("demo:"+subject, &accessv1.Grant{Role: role, Area: area}); err != nil {
			err = fmt.Errorf("sign %s in: %w", subject, err)
		}
		return someone
	}
	p.province = person("province", accessv1.Grant_PROVINCE_ADMIN, province)
	p.registrar = person("registrar", accessv1.Grant_PROVINCE_ADMIN, province)
	p.office = person("action-office", accessv1.Grant_ACTION_OFFICE, province)
	for _, r := range data.Villages.GetRequests() {
		code := r.GetVillage().GetCode()
		p.teams["villages/"+code] = person("village-team-"+code, accessv1.Grant_VILLAGE_TEAM, code)
		if county := code[:6]; p.counties[county] == nil {
			p.counties[county] = person("county-"+county, accessv1.Grant_COUNTY_CLERK, county)
		}
	}
	return p, err
}

// county returns the person of the county in which a village lies.
func (p people) county(village string) Person {
	return p.counties[strings.TrimPrefix(village, "villages/")[:6]]
}
