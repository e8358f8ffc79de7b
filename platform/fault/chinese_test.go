package fault

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

func TestATranslationTakesTheValuesOfItsText(t *testing.T) {
	verbs := regexp.MustCompile(`%[sqdv]`)
	for english, zh := range translations {
		var values []any
		for _, verb := range verbs.FindAllString(english, -1) {
			if verb == "%d" {
				values = append(values, 7)
			} else {
				values = append(values, "x")
			}
		}
		if len(values) == 0 && strings.Contains(zh, "%s") {
			t.Errorf("%q is translated with values, as %q", english, zh)
		}
		if said := fmt.Sprintf(zh, values...); len(values) > 0 && strings.Contains(said, "%!") {
			t.Errorf("%q is said as %q", english, said)
		}
		if !strings.ContainsFunc(zh, func(r rune) bool { return r >= '\u4e00' && r <= '\u9fff' }) {
			t.Errorf("%q is translated as %q", english, zh)
		}
	}
}

func TestARefusalKeepsItsChineseOnTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		err  *Error
		want string
	}{
		"of a message":                {NotFound("villages/x"), `"villages/x" 不存在`},
		"of a violation":              {Invalid("code", "X", "must not be after today"), "code: 不能晚于今天"},
		"of a field further in":       {In("need", Invalid("survey_date", "X", "must not be after today")).(*Error), "need.survey_date: 不能晚于今天"},
		"of a row":                    {In("requests[3].need", NotFound("villages/x").At("")).(*Error), "requests[3].need: 不存在"},
		"and has none if it has none": {Invalid("code", "X", "is odd"), ""},
		"nor if it is said otherwise": {Unavailable("X", 0, nil).Saying("is odd"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := From(c.err.GRPCStatus().Err())
			if c.err.Chinese() != c.want || got.Chinese() != c.want {
				t.Errorf("%q, and as a peer reads it %q, want %q", c.err.Chinese(), got.Chinese(), c.want)
			}
		})
	}
}

func TestAChoiceOfWordsIsMadeInTheLanguageOfItsText(t *testing.T) {
	for want, able := range map[string]Choice{
		"调用者写过 a，须由另一位 人员 答复":           {"person"},
		"调用者写过 a，须由另一位 A 或 B 答复":        {"A", "B"},
		"调用者写过 a，须由另一位 A、县级经办人员 或 B 答复": {"A", accessv1.Grant_COUNTY_CLERK, "B"},
	} {
		if got := Denied("FOUR_EYES", "the caller wrote %s, so another %s must answer for it", "a", able).Chinese(); got != want {
			t.Errorf("%v is said as %q, want %q", able, got, want)
		}
	}
}
