// Package bench measures the suite against the bare work that it is built on, as ratios of one run: what remains of the
// speed of plain inserts when a delivery is recorded through it, of a bare load when divisions are imported, of a bare
// handler when an overview is read over REST, and how soon a committed delivery shows in the report.
//
// Nothing here passes or fails by the clock. README.md says what each benchmark does and what it last measured.
package bench
