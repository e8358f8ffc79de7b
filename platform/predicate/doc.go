// Package predicate reads AIP-160 filters and decides by them in memory: whether a thing with a few named values is selected.
// Lists, which select rows of a table, have filters in package resource.
//
// A filter compares fields with values by = and !=, joined by AND, OR and NOT. A field holds a text or the name of a value of an
// enum; a comparison with anything that it cannot hold is refused.
package predicate
