package day

import (
	"time"

	"google.golang.org/genproto/googleapis/type/date"
)

// Day is a calendar day; the order of the numbers is the order of the days. The zero Day is before every other.
type Day int32

// Never is after every day that Of returns.
const Never Day = 9999_99_99

// Of reads a date. It answers false for one that no calendar has, and for a year or month without a day.
func Of(d *date.Date) (Day, bool) {
	year, month, dayOfMonth := int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay())
	t := time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC)
	if year < 1 || year > 9999 || t.Year() != year || t.Month() != month || t.Day() != dayOfMonth {
		return 0, false
	}
	return number(t), true
}

// Today is the day in China, eight hours ahead of UTC all year, at a time.
func Today(t time.Time) Day { return number(t.UTC().Add(8 * time.Hour)) }

func number(t time.Time) Day {
	return Day(t.Year()*100_00 + int(t.Month())*100 + t.Day()) //nolint:gosec // years have four digits
}
