package e2e

import (
	"fmt"
	"strings"
	"testing"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

func TestARunningSuiteNamesWhatWasChangedBehindItsBack(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		o.CheckInterval = "100ms"
		s := suite.Up(t, o)
		world.Build(t, s)
		var names []string
		for n := range 3 {
			names = append(names, world.Record(t, s, "office", fmt.Sprint(n), world.Operations(world.Village, int64(n+1))).GetName())
		}
		world.Bulletin(t, s, world.Campaign) // waits until report has applied everything
		if said := s.Notes(); strings.Contains(said, "differs") {
			t.Fatalf("before anything was changed:\n%s", said)
		}
		rewrite(t, s, "action", "deliveries", names[0], &actionv1.Delivery{}, func(d *actionv1.Delivery) { d.Quantity = 1_048_575 })
		change(t, s, "action", "DELETE FROM deliveries WHERE name = $1", names[1])
		change(t, s, "report", "UPDATE cells SET quantity = 1052153 WHERE place = 43 AND class IN (SELECT id FROM classes WHERE indicator = 'BR03')")
		change(t, s, "village", "UPDATE journal_entries SET revision = 77 WHERE position = 3")
		for _, line := range []string{
			"log=action table=deliveries resource=" + names[0] + ` reason="the body is not that of revision 1 in the journal"`,
			"log=action table=deliveries resource=" + names[1] + ` reason="there is no row, and the journal has revision 1"`,
			`log=report table=cells resource="source=deliveries parent=campaigns/example action=bright indicator=BR03 measure=0 stage=1 place=43 `,
			`log=village table=journal_entries resource="entry 3" reason="it is stored as revision 77 and is revision 1"`,
		} {
			suite.Eventually(t, line, func() bool { return strings.Contains(s.Notes(), line) })
		}
		if said := s.Notes(); strings.Contains(said, names[2]) {
			t.Errorf("a delivery that is as it was is named:\n%s", said)
		}
		if code := s.Stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
}
