// Package query answers QueryFigures, which groups the facts of a campaign by any of their fields, and CompareFigures,
// which names the entries that changed figures between two moments.
//
// A query is read in three steps. The request becomes fields, a filter and stages. The plan chooses the smallest stored
// table that has all fields of the request and tells the places in the caller's areas apart: sums (cells), distinct
// counts (reaches), members, or facts. The reader then adds the rows up in memory. The filter and the caller's grants
// are applied to each row, by the same code for every table, so that the choice of the table does not change the result.
//
// Guarantees: a query reads at most [maxRows] rows of a table, or is refused. Quantities of different units are not
// added, and distinct counts are never added. A place is counted under its current code.
package query
