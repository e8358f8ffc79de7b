package bulletin

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// words contains the fixed texts of a page in one language.
type words struct {
	phrases

	Tag, Kind, Of                                                                     string
	Indicator, Unit, Stated, Recorded, Confirmed, Share, Agreement, Orgs, Reached     string
	Totals, Deliveries, Cash, Goods, Service, Organizations, VillagesReached, Mixed   string
	Notes, AsOf, Generation, Log, Position, Checkpoints, NoCheckpoint, Example, Total string
	agrees, below, above                                                              string
	incomplete, shares, agreement, mixed, source, sumOf, coverage                     string
	in, Scan                                                                          string
}

func wordsIn(l reportv1.RenderBulletinRequest_Language) words {
	if figure.English(l) {
		return english()
	}
	return chinese()
}

func english() words {
	return words{
		phrases: englishPhrases(),
		Tag:     "en", Kind: "Bulletin", Of: "%s: bulletin",
		Indicator: "Indicator", Unit: "Unit", Stated: "Stated", Recorded: "Recorded", Confirmed: "Confirmed",
		Share: "Itemised", Agreement: "Agreement", Orgs: "Orgs.", Reached: "Villages",
		Totals: "All deliveries", Deliveries: "Deliveries", Cash: "of which cash", Goods: "of which goods at value",
		Service: "of which services at value", Organizations: "Organizations", VillagesReached: "Villages reached", Mixed: "see split",
		Notes: "Notes", AsOf: "As of %s (UTC+8)", Generation: "generation %s", Log: "Journal", Position: "Position",
		Checkpoints: "Signed checkpoints", NoCheckpoint: "nothing read yet", Example: "Examples",
		agrees: "agrees", below: "below", above: "above",
		incomplete: "* According to incomplete statistics.",
		shares:     "Itemised: recorded over stated. Stated and recorded figures are both kept and never made to agree.",
		agreement:  "Agreement takes the qualifier into account: \"more than\" ends below the next step of its last digit that is not zero; \"nearly\" and \"about\" span a tenth.",
		mixed:      "Cash, goods at value and services at value are three measures and never added up; a figure of all three is compared with what was stated by their sum.",
		source:     "Source of stated figures: %s (%s).",
		sumOf:      "%s: the figures stated for cash, goods and services add up to %s.",
		coverage:   "%s of %s in scope (%s)",
		in:         "%s (%s)",
		Scan:       "This bulletin and its sources:",
	}
}

func chinese() words {
	return words{
		phrases: chinesePhrases(),
		Tag:     "zh-CN", Kind: "通报", Of: "%s情况通报",
		Indicator: "指标", Unit: "单位", Stated: "公布数", Recorded: "登记数", Confirmed: "村确认数",
		Share: "登记占比", Agreement: "比对", Orgs: "组织", Reached: "村",
		Totals: "全部登记", Deliveries: "登记笔数", Cash: "其中：现金", Goods: "其中：物资折价",
		Service: "其中：服务折价", Organizations: "参与社会组织", VillagesReached: "受助村", Mixed: "见分项",
		Notes: "说明", AsOf: "截至%s（北京时间）", Generation: "第%s版数据", Log: "日志", Position: "位置",
		Checkpoints: "签名检查点", NoCheckpoint: "尚未读取", Example: "示例数据",
		agrees: "相符", below: "低于", above: "高于",
		incomplete: "* 据不完全统计。",
		shares:     "登记占比：登记数与公布数之比。公布数与登记数分别保存，互不修改。",
		agreement:  "比对时计入修饰词：“超过”止于末位非零数字的下一整数；“近”“约”相差不超过一成。",
		mixed:      "现金、物资折价、服务折价为三种口径，不作相加；含三种口径的指标仅在比对时取三者之和。",
		source:     "公布数来源：%s（%s）。",
		sumOf:      "%s：现金、物资、服务三项公布数合计%s。",
		coverage:   "%s，范围内共%s（%s）",
		in:         "%s（%s）",
		Scan:       "扫码查看本通报及数据来源：",
	}
}

// sayAgreement returns the text for an agreement, or "-" if there is nothing to compare.
func (w words) sayAgreement(a reportv1.Figure_Agreement) string {
	switch a {
	case reportv1.Figure_AGREES:
		return w.agrees
	case reportv1.Figure_BELOW:
		return w.below
	case reportv1.Figure_ABOVE:
		return w.above
	default:
		return missing
	}
}

// day formats a date as usual in the language: 2019年12月20日 or 2019-12-20.
func (w words) day(d *date.Date) string {
	if w.Tag == "en" {
		return day.Number(d).String()
	}
	return fmt.Sprintf("%d年%d月%d日", d.GetYear(), d.GetMonth(), d.GetDay())
}

// date formats the day of a moment as below an official text: 2019年12月20日 or 20 December 2019.
func (w words) date(t time.Time) string {
	if w.Tag == "en" {
		return t.Format("2 January 2006")
	}
	return t.Format("2006年1月2日")
}

func (w words) moment(t time.Time) string {
	if w.Tag == "en" {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006年1月2日 15:04:05")
}

// number returns the number of a heading: 一、 or 1.
func (w words) number(n int) string {
	if w.Tag == "en" {
		return fmt.Sprintf("%d. ", n)
	}
	digits := []rune("零一二三四五六七八九")
	switch {
	case n < 10:
		return string(digits[n]) + "、"
	case n == 10:
		return "十、"
	case n < 20:
		return "十" + string(digits[n-10]) + "、"
	default:
		return fmt.Sprintf("%d、", n)
	}
}
