// Package day owns the calendar days of the suite: which google.type.Date is a day, the number YYYYMMDD by which rules
// compare days and columns store them, its text 2019-08-20, and the current day in China.
package day
