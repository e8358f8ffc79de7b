package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"buf.build/go/protovalidate"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
)

func TestAProblemIsInTheLanguageOfTheClient(t *testing.T) {
	constraint := fault.Validation(protovalidate.Validate(&villagev1.BatchGetDivisionsRequest{Names: []string{"x"}}))
	for name, c := range map[string]struct {
		err                error
		title, detail, one string // in Chinese; one is the detail of the first error
	}{
		"a resource that there is not": {fault.NotFound("villages/x"), "未找到", `"villages/x" 不存在`, ""},
		"a caller without a token":     {fault.Unauthenticated("TOKEN_MISSING", "this call needs a token"), "未经身份验证", "此调用需要令牌", ""},
		"a text with values":           {fault.Invalid("name", "UNIT", "must be %q, the unit of %s", "km", "BR03"), "请求无效", `资源名（name）：须为 "km"，即 BR03 的单位`, `须为 "km"，即 BR03 的单位`},
		"in another order":             {fault.NothingFound("no village is named %s in %s", "甲村", "divisions/4"), "未找到", "divisions/4 没有名为 甲村 的村", ""},
		"a constraint of the contract": {constraint, "请求无效", "names[0]: 须为区划的名称：divisions/ 加 12 位代码", "须为区划的名称：divisions/ 加 12 位代码"},
		"a fixed text of a rule": {fault.InvalidAll([]fault.Violation{{Field: "end_date", Description: "must not be before start_date"}, {Field: "x", Description: "is bad"}}),
			"请求无效", "end_date: 不能早于 start_date（另有 1 处）", "不能早于 start_date"},
		"a failure of our own":        {http.ErrAbortHandler, "服务器内部错误", "内部错误", ""},
		"what is not available now":   {fault.Unavailable("BUSY", 0, nil), "服务暂时不可用", "暂时不可用，请稍后重试", ""},
		"what has no translation":     {fault.Precondition("x", "ODD", "is odd"), "请求无效", "is odd", ""},
		"a field without translation": {fault.Invalid("name", "ODD", "is odd"), "请求无效", "name: is odd", "is odd"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, accepted := range []string{"zh", "zh-CN,zh;q=0.9,en;q=0.8", "zh-SG, en;q=0.5"} {
				r := ask(t, open(t, refusing(fault.Status(c.err).Err())), "GET", organization, "", "Accept-Language: "+accepted)
				p := problemOf(t, r)
				if p.Title != c.title || p.Detail != c.detail || c.one != "" && p.Errors[0].Detail != c.one {
					t.Errorf("%s receives %+v, want %s: %s", accepted, p, c.title, c.detail)
				}
				if r.Header.Get("Content-Language") != "zh-CN" || !strings.Contains(strings.Join(r.Header.Values("Vary"), ","), "Accept-Language") {
					t.Errorf("%s: the headers are %v", accepted, r.Header)
				}
			}
			english, _ := fault.From(fault.Status(c.err).Err())
			for _, accepted := range []string{"", "en", "de", "en-GB, zh;q=0.5", "*"} {
				r := ask(t, open(t, refusing(fault.Status(c.err).Err())), "GET", organization, "", "Accept-Language: "+accepted)
				if p := problemOf(t, r); p.Reason != english.Reason() || strings.ContainsFunc(p.Title, chinese) || r.Header.Get("Content-Language") != "" {
					t.Errorf("%q receives %+v", accepted, p)
				}
			}
		})
	}
}

func chinese(r rune) bool { return r >= '\u4e00' && r <= '\u9fff' }

func TestWhatTheGatewayRefusesItselfIsInChinese(t *testing.T) {
	for name, c := range map[string]struct{ verb, target, body, detail, one string }{
		"a path that there is not":      {"GET", "/v1/nothing", "", "此路径下没有内容；/docs 列有全部路径", ""},
		"another verb":                  {"DELETE", organization, "", "此处不允许 DELETE", ""},
		"a body where none is read":     {"GET", organization, "{}", "此请求不带请求体：字段请写在查询中", ""},
		"an unknown parameter":          {"GET", "/v1/organizations?fitler=x", "", "fitler: 不是此路径的查询参数", "不是此路径的查询参数"},
		"an unknown field":              {"POST", "/v1/organizations", `{"displayNam": "x"}`, "displayNam: 没有此字段", "没有此字段"},
		"a value of no type":            {"POST", "/v1/organizations", `{"type": "CLUB"}`, "组织类型（type）：须为社会团体（SOCIAL_GROUP）、社会服务机构（SERVICE_AGENCY）、基金会（FOUNDATION）之一", ""},
		"a parameter that is no number": {"GET", "/v1/organizations?pageSize=many", "", "每页条数（pageSize）：须为 32 位以内的整数", ""},
		"another name than the path's": {"POST", organization + ":approve", `{"name": "organizations/other"}`,
			"资源名（name）：须与路径一致，为 organizations/51430000500011111X，或不填", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, ask(t, open(t, unreached(t)), c.verb, c.target, c.body, "Accept-Language: zh-CN"))
			if p.Detail != c.detail || c.one != "" && p.Errors[0].Detail != c.one {
				t.Errorf("answered %+v, want %q", p, c.detail)
			}
		})
	}
}

func TestAFieldAtFaultBearsItsLabelInTheLanguageOfTheClient(t *testing.T) {
	refused := fault.InvalidAll([]fault.Violation{
		fault.Violated("organization.supervising_body", "X", "must not be after today"), {Field: "organization.a/b", Description: "is bad"},
	})
	for language, want := range map[string]struct {
		detail string
		labels [2]string
	}{
		"en": {"supervisingBody: must not be after today (and 1 more)", [2]string{"Supervising body", ""}},
		"zh": {"业务主管单位（supervisingBody）：不能晚于今天（另有 1 处）", [2]string{"业务主管单位", ""}},
	} {
		r := ask(t, open(t, refusing(refused.GRPCStatus().Err())), "POST", "/v1/organizations", "{}", "Accept-Language: "+language)
		p := problemOf(t, r)
		if len(p.Errors) != 2 || p.Detail != want.detail || [2]string{p.Errors[0].Label, p.Errors[1].Label} != want.labels {
			t.Errorf("%s: answered %+v, want %+v", language, p, want)
		}
	}
}
