// Package day owns the calendar days of the suite: which google.type.Date is one, the number YYYYMMDD by which rules compare
// days and columns hold them, its text 2019-08-20, and which day it is in China.
package day
