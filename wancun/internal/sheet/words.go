package sheet

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

func divisionLevels() []word[villagev1.Division_Level] {
	return []word[villagev1.Division_Level]{
		{villagev1.Division_PROVINCE, []string{"province", "省", "省级"}},
		{villagev1.Division_PREFECTURE, []string{"prefecture", "市州", "地级"}},
		{villagev1.Division_COUNTY, []string{"county", "县", "县级"}},
		{villagev1.Division_TOWNSHIP, []string{"township", "乡镇", "乡级"}},
		{villagev1.Division_VILLAGE, []string{"village", "村", "村级"}},
	}
}

func organizationTypes() []word[orgv1.Organization_Type] {
	return []word[orgv1.Organization_Type]{
		{orgv1.Organization_SOCIAL_GROUP, []string{"social_group", "社会团体"}},
		{orgv1.Organization_SERVICE_AGENCY, []string{"service_agency", "社会服务机构", "民办非企业单位"}},
		{orgv1.Organization_FOUNDATION, []string{"foundation", "基金会"}},
	}
}

func organizationLevels() []word[orgv1.Organization_Level] {
	return []word[orgv1.Organization_Level]{
		{orgv1.Organization_NATIONAL, []string{"national", "全国", "国家级"}},
		{orgv1.Organization_PROVINCIAL, []string{"provincial", "省", "省级"}},
		{orgv1.Organization_PREFECTURE, []string{"prefecture", "市州", "市级"}},
		{orgv1.Organization_COUNTY, []string{"county", "县", "县级"}},
	}
}

func measures() []word[actionv1.Delivery_Measure] {
	return []word[actionv1.Delivery_Measure]{
		{actionv1.Delivery_CASH, []string{"cash", "现金"}},
		{actionv1.Delivery_GOODS, []string{"goods", "物资"}},
		{actionv1.Delivery_SERVICE, []string{"service", "服务"}},
	}
}

func qualifiers() []word[reportv1.Statement_Qualifier] {
	return []word[reportv1.Statement_Qualifier]{
		{reportv1.Statement_EXACT, []string{"exact", "准确"}},
		{reportv1.Statement_MORE_THAN, []string{"more_than", "多", "余"}},
		{reportv1.Statement_NEARLY, []string{"nearly", "近"}},
		{reportv1.Statement_ABOUT, []string{"about", "约"}},
		{reportv1.Statement_AT_LEAST, []string{"at_least", "至少", "以上"}},
	}
}

func completenesses() []word[reportv1.Statement_Completeness] {
	return []word[reportv1.Statement_Completeness]{
		{reportv1.Statement_COMPLETE, []string{"complete", "完全"}},
		{reportv1.Statement_INCOMPLETE, []string{"incomplete", "不完全"}},
	}
}
