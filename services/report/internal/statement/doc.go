// Package statement owns what was declared: headline figures as their sources word them, and the handlers of
// StatementService.
//
// A statement is about an indicator of a campaign that report has heard of, in that indicator's unit. One indicator has
// at most one statement a day; the newest counts in a bulletin. A statement is never changed to fit what is recorded.
package statement
