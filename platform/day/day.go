package day

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
)

// Day is a calendar day as the number YYYYMMDD. The numbers have the same order as the days. The zero Day means no day
// and comes before every other.
type Day int64

// Never is after every day of the calendar.
const Never Day = 9999_99_99

// Of converts a date. It returns false for a date that is not in the calendar, and for a year or month without a day.
func Of(d *date.Date) (Day, bool) {
	n := Number(d)
	year, month, dayOfMonth := int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay())
	t := time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC)
	if year < 1 || year > 9999 || t.Year() != year || t.Month() != month || t.Day() != dayOfMonth {
		return 0, false
	}
	return n, true
}

// Number converts a date without checking it: 0 for nil, 20190800 for a month without a day.
func Number(d *date.Date) Day {
	return Day(d.GetYear())*100_00 + Day(d.GetMonth())*100 + Day(d.GetDay())
}

// Parse reads the text that String writes, 2019-08-20. The day must be in the calendar.
func Parse(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, err
	}
	if t.Year() == 0 {
		return 0, fmt.Errorf("%s: the calendar has no year 0", text)
	}
	return At(t), nil
}

// At returns the day that t shows in its own location.
func At(t time.Time) Day {
	return Day(t.Year())*100_00 + Day(t.Month())*100 + Day(t.Day())
}

// Today returns the day in China at t.
func Today(t time.Time) Day { return At(t.In(China())) }

// China returns the time zone of China, eight hours ahead of UTC all year.
func China() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// Date returns the day as a google.type.Date, or nil for the zero Day.
func (d Day) Date() *date.Date {
	if d == 0 {
		return nil
	}
	return &date.Date{Year: int32(d / 100_00), Month: int32(d / 100 % 100), Day: int32(d % 100)} //nolint:gosec // eight digits
}

// Month returns the month of the day.
func (d Day) Month() Month { return Month(d / 100) }

// String returns the day as 2019-08-20, or "" for the zero Day.
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%s-%02d", d.Month(), d%100)
}

// Month is a calendar month as the number YYYYMM.
type Month int64

// String returns the month as 2019-08.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int64(m/100), int64(m%100)) }
