package day

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
)

func TestOnlyDaysOfTheCalendarAreDays(t *testing.T) {
	for _, tc := range []struct {
		name string
		give *date.Date
		want Day
		ok   bool
	}{
		{"a day", &date.Date{Year: 2019, Month: 8, Day: 20}, 2019_08_20, true},
		{"a leap day", &date.Date{Year: 2020, Month: 2, Day: 29}, 2020_02_29, true},
		{"a leap day of a common year", &date.Date{Year: 2019, Month: 2, Day: 29}, 0, false},
		{"no 31st of June", &date.Date{Year: 2019, Month: 6, Day: 31}, 0, false},
		{"a month without a day", &date.Date{Year: 2019, Month: 8}, 0, false},
		{"a day without a year", &date.Date{Month: 8, Day: 20}, 0, false},
		{"a negative day", &date.Date{Year: 2019, Month: 8, Day: -1}, 0, false},
		{"a year with five digits", &date.Date{Year: 20190, Month: 8, Day: 20}, 0, false},
		{"nothing", nil, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, ok := Of(tc.give); got != tc.want || ok != tc.ok {
				t.Errorf("Of(%v) = %d, %t, want %d, %t", tc.give, got, ok, tc.want, tc.ok)
			}
		})
	}
}

func TestTodayIsTheDayInChina(t *testing.T) {
	if got := Today(time.Date(2019, 8, 19, 16, 0, 0, 0, time.UTC)); got != 2019_08_20 {
		t.Errorf("Today at midnight in China = %d, want 20190820", got)
	}
	if got := Today(time.Date(2019, 8, 19, 15, 59, 59, 0, time.UTC)); got != 2019_08_19 {
		t.Errorf("Today a second earlier = %d, want 20190819", got)
	}
}

func TestADayIsReadFromItsText(t *testing.T) {
	for text, want := range map[string]Day{
		"2019-08-20": 2019_08_20, "0001-01-01": 1_01_01, "9999-12-31": 9999_12_31,
		"2019-02-29": 0, "2019-8-20": 0, "0000-01-01": 0, "20190820": 0, "": 0,
	} {
		got, err := Parse(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("Parse(%q) = %d, %v, want %d", text, got, err, want)
		}
		if err == nil && got.String() != text {
			t.Errorf("%d is written %q, want %q", got, got, text)
		}
	}
}

func TestADayIsTheSameAsADate(t *testing.T) {
	for _, want := range []Day{1_01_01, 2019_08_20, 2020_02_29, 9999_12_31} {
		if got, ok := Of(want.Date()); got != want || !ok {
			t.Errorf("Of(%v) = %d, %t, want %d", want.Date(), got, ok, want)
		}
	}
	if d := Day(0); d.Date() != nil || d.String() != "" || Number(nil) != d {
		t.Errorf("the zero Day is %v, %q, and nil is %d", d.Date(), d, Number(nil))
	}
	if got := Number(&date.Date{Year: 2019, Month: 8}); got != 2019_08_00 {
		t.Errorf("August 2019 is %d, want 20190800", got)
	}
	if got := Day(2019_08_20).Month(); got != 2019_08 || got.String() != "2019-08" {
		t.Errorf("20190820 is in the month %d, %q", got, got)
	}
}
