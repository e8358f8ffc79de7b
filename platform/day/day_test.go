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
