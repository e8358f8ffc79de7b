// Package predicate parses AIP-160 filters and evaluates them in memory, over a few named values. The filters of lists,
// which select rows of a table, are in package resource.
//
// A filter compares fields with values by = and !=, joined by AND, OR and NOT. A field that is declared as ordered can
// also be compared by <, <=, > and >=. A field holds a text or the name of an enum value. A comparison with a value that
// the field cannot hold is refused.
package predicate
