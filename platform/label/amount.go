package label

import (
	"fmt"

	"github.com/dustin/go-humanize"
	"google.golang.org/protobuf/reflect/protoreflect"

	labelv1 "github.com/wancun/wancun/proto/gen/wancun/label/v1"
)

// Amount formats a value of a field: with separated thousands, and with the unit if all values of the field have the
// same unit. Fen are converted to yuan: 1234550 becomes 12,345.50 元 and CNY 12,345.50.
func Amount(f protoreflect.FieldDescriptor, n int64) Words {
	unit := UnitOf(f).GetFixed()
	w := Value(unit.Descriptor().Values().ByNumber(unit.Number()))
	switch unit {
	case labelv1.Unit_FEN:
		yuan := hundredths(n)
		return Words{Zh: yuan + " " + w.Zh, En: w.En + " " + yuan}
	case labelv1.Unit_PEOPLE:
		return Words{Zh: humanize.Comma(n) + " " + w.Zh, En: humanize.Comma(n) + " people"}
	case labelv1.Unit_BASIS_POINTS:
		return Words{Zh: hundredths(n) + "%", En: hundredths(n) + "%"}
	case labelv1.Unit_FIXED_UNSPECIFIED:
	}
	return Words{Zh: humanize.Comma(n), En: humanize.Comma(n)}
}

// hundredths formats a number of hundredths, without decimals if it is a whole number.
func hundredths(n int64) string {
	if n%100 == 0 {
		return humanize.Comma(n / 100)
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%s.%02d", sign, humanize.Comma(n/100), n%100)
}
