package process_test

import (
	"strings"
	"testing"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/process/processtest"
)

func TestAProgramSaysTheVersionThatItsLogBears(t *testing.T) {
	s := newToy()
	for _, ask := range []string{"version", "--version"} {
		said := processtest.MustRun(t, s.program(), ask)
		if said != process.VersionLine("toy")+"\n" || !strings.HasPrefix(said, "toy "+process.Version()+" go1.") {
			t.Errorf("%s says %q", ask, said)
		}
	}
	db := processtest.Database(t)
	processtest.MustRun(t, s.program(), with([]string{"migrate"}, db...)...)
	p := processtest.Start(t, s.program(), with(db, processtest.Flags(t, "toy")...)...)
	if want := `"version":"` + process.Version() + `"`; !strings.Contains(p.Log(), want) {
		t.Errorf("the log lacks %s:\n%s", want, p.Log())
	}
}
