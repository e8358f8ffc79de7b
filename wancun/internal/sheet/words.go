package sheet

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

func divisionLevels() []word[villagev1.DivisionLevel] {
	return []word[villagev1.DivisionLevel]{
		{villagev1.DivisionLevel_PROVINCE, []string{"province", "省", "省级"}},
		{villagev1.DivisionLevel_PREFECTURE, []string{"prefecture", "市州", "地级"}},
		{villagev1.DivisionLevel_COUNTY, []string{"county", "县", "县级"}},
		{villagev1.DivisionLevel_TOWNSHIP, []string{"township", "乡镇", "乡级"}},
		{villagev1.DivisionLevel_VILLAGE, []string{"village", "村", "村级"}},
	}
}

func organizationTypes() []word[orgv1.OrganizationType] {
	return []word[orgv1.OrganizationType]{
		{orgv1.OrganizationType_SOCIAL_GROUP, []string{"social_group", "社会团体"}},
		{orgv1.OrganizationType_SERVICE_AGENCY, []string{"service_agency", "社会服务机构", "民办非企业单位"}},
		{orgv1.OrganizationType_FOUNDATION, []string{"foundation", "基金会"}},
	}
}

func organizationLevels() []word[orgv1.OrganizationLevel] {
	return []word[orgv1.OrganizationLevel]{
		{orgv1.OrganizationLevel_NATIONAL, []string{"national", "全国", "国家级"}},
		{orgv1.OrganizationLevel_PROVINCIAL, []string{"provincial", "省", "省级"}},
		{orgv1.OrganizationLevel_PREFECTURE, []string{"prefecture", "市州", "市级"}},
		{orgv1.OrganizationLevel_COUNTY, []string{"county", "县", "县级"}},
	}
}

func measures() []word[actionv1.Measure] {
	return []word[actionv1.Measure]{
		{actionv1.Measure_CASH, []string{"cash", "现金"}},
		{actionv1.Measure_GOODS, []string{"goods", "物资"}},
		{actionv1.Measure_SERVICE, []string{"service", "服务"}},
	}
}

func qualifiers() []word[reportv1.Qualifier] {
	return []word[reportv1.Qualifier]{
		{reportv1.Qualifier_EXACT, []string{"exact", "准确"}},
		{reportv1.Qualifier_MORE_THAN, []string{"more_than", "多", "余"}},
		{reportv1.Qualifier_NEARLY, []string{"nearly", "近"}},
		{reportv1.Qualifier_ABOUT, []string{"about", "约"}},
		{reportv1.Qualifier_AT_LEAST, []string{"at_least", "至少", "以上"}},
	}
}

func completenesses() []word[reportv1.Completeness] {
	return []word[reportv1.Completeness]{
		{reportv1.Completeness_COMPLETE, []string{"complete", "完全"}},
		{reportv1.Completeness_INCOMPLETE, []string{"incomplete", "不完全"}},
	}
}
