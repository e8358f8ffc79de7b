package world

import (
	"google.golang.org/genproto/googleapis/type/date"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// successionSample speaks of the township Ended.
func successionSample() Sample {
	changed := merged("")
	changed.SourceNote = "示例批复二"
	return Sample{
		Service: "SuccessionService",
		Create:  &villagev1.CreateSuccessionRequest{Succession: merged("divisions/" + EndedToo)},
		There:   &villagev1.CreateSuccessionRequest{Succession: merged("divisions/" + Ended)},
		Name:    fixed("successions/" + Ended),
		Change:  changed,
		Filter:  "kind = MERGE", OrderBy: "effective_date",
	}
}

// merged returns the succession of a township that was merged into the township of the village.
func merged(township string) *villagev1.Succession {
	return &villagev1.Succession{
		Predecessor: township, Successor: "divisions/" + Township, Kind: villagev1.Succession_MERGE,
		EffectiveDate: &date.Date{Year: 2018, Month: 10, Day: 31}, SourceNote: "示例批复",
	}
}
