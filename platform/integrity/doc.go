// Package integrity compares what a running service stores with its journal at intervals, as wancun verify does for a
// stopped service: the signatures and hashes of the journal, what is stored beside its records, and the rows of the
// tables. It reads in portions and pauses between them, so that a check takes a small share of one connection's time.
package integrity
