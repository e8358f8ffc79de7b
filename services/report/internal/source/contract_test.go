package source_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
	"github.com/wancun/wancun/services/report/internal/source"
)

// If report lacked a source of the protos, it would omit figures that campaigns can define.
func TestTheContractAndTheSourcesSayTheSame(t *testing.T) {
	type counted struct{ Stages, Dimensions []string }
	want, got := map[string]counted{}, map[string]counted{}
	values := actionv1.Formula_SOURCE_UNSPECIFIED.Descriptor().Values()
	for i := range values.Len() {
		name := actionv1.Formula_Source(values.Get(i).Number())
		if name == actionv1.Formula_SOURCE_UNSPECIFIED {
			continue
		}
		var c counted
		for _, s := range figure.Countable(name).GetStages() {
			c.Stages = append(c.Stages, s.String())
		}
		for _, d := range figure.Countable(name).GetDimensions() {
			if d != actionv1.Formula_COUNTY && d != actionv1.Formula_PREFECTURE { // these are derived from the villages
				c.Dimensions = append(c.Dimensions, strings.ToLower(d.String()))
			}
		}
		want[strings.ToLower(name.String())] = c
	}
	for _, s := range source.All() {
		var c counted
		for _, stage := range s.Stages {
			c.Stages = append(c.Stages, stage.String())
		}
		for _, d := range s.Dimensions {
			c.Dimensions = append(c.Dimensions, string(d))
		}
		got[s.Name] = c
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-contract +report):\n%s", diff)
	}
}

func TestEveryStageHasItsNameInTheContract(t *testing.T) {
	for _, s := range source.All() {
		for _, stage := range s.Stages {
			if _, known := actionv1.Formula_Stage_value[stage.String()]; !known || facts.StageOf(stage.String()) != stage {
				t.Errorf("the stage %q of %s is not in the contract", stage, s.Name)
			}
		}
	}
	if slices.ContainsFunc(source.All(), func(s facts.Source) bool { return len(s.Stages) == 0 }) {
		t.Error("a source has no stage")
	}
}
