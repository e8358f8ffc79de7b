// Package day owns what a calendar day is to the suite's rules: which google.type.Date is one, and which of two comes first.
// A day is a place's own: where a rule asks for today, it is the day in China, whose clocks are eight hours ahead of UTC
// all year.
//
// A Day is the number that the columns of package resource hold for the same date, YYYYMMDD.
package day
