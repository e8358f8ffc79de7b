// Package statement owns statements, the published headline figures in the wording of their sources, and the handlers
// of StatementService.
//
// A statement is about an indicator of a campaign, in that indicator's unit; report must have read the campaign from
// the journal. An indicator has at most one statement per day; bulletins use the newest. A statement is never changed
// to match what is recorded.
package statement
