// Package integrity compares what a running service has stored with its journal from time to time, as wancun verify does
// with a stopped one: the signatures and hashes of the journal, what is stored beside its records, and the rows of the
// tables. It reads in portions and pauses between them, so that it takes a small share of the time of one connection.
package integrity
