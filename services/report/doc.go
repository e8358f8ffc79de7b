// Package report is the report service: what was achieved, as figures that anyone can follow down to the entries that
// make them up.
//
// It owns statements, which it keeps as resources with a journal of its own, and rollups, which follow from the journals
// of org, village and action and could be built again from them at any time. It asks no other service for data and no
// other service asks it.
//
// What may be relied on: every answer says as of which journal positions it holds, under which signed checkpoints, and
// everything in it was read in one snapshot. Any number of replicas may run on one database. Bulletins are public; they
// hold sums over deliveries and no personal data, since none is in the journals.
//
// The rooms: figure says what a figure is (pure), rollup keeps facts and sums, follow reads the journals, statement keeps
// what was declared, bulletin and overview answer.
package report
