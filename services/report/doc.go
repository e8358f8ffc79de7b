// Package report is the report service. It publishes the results of campaigns as figures, each of which can be traced
// to the entries that make it up.
//
// It owns statements, which are resources with their own journal, and rollups, which are derived from the journals of
// org, village and action and can be rebuilt from them at any time. Its figures use no other data of other services,
// and no other service calls it.
//
// Guarantees: every response names the journal positions and the signed checkpoints that it reflects, and all of it is
// read in one snapshot. Any number of replicas may share one database. Bulletins are public; they contain sums over
// deliveries and no personal data, since the journals contain none.
//
// The packages: figure defines what a figure is, without any input or output; rollup stores facts and sums; follow
// reads the journals; statement stores what was declared; bulletin, overview and query serve the
// figures.
package report
