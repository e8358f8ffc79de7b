package figure

import (
	"slices"
	"testing"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
)

func TestTheFinestSliceLiesInEverySliceOfItsDeliveries(t *testing.T) {
	for _, m := range []actionv1.Delivery_Measure{unmeasured, cash, goods, service} {
		s := Alike("bright", "BR03", m)
		if got, want := s.Wider(), SlicesOf("bright", "BR03", m); !s.Finest() || !slices.Equal(got, want) {
			t.Errorf("%q lies in %q, want %q", s, got, want)
		}
		for _, w := range s.Wider() {
			if w.Finest() || w.Wider() != nil {
				t.Errorf("%q, of which figures are made, lies in %q", w, w.Wider())
			}
		}
	}
}
