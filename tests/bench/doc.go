// Package bench compares the suite with the plain work that it is built on, as ratios within one run: recording a
// delivery with plain inserts, importing divisions with a plain load, and reading an overview over REST with a plain
// handler. It also measures how soon a committed delivery appears in the report.
//
// No benchmark passes or fails by a time. README.md describes each benchmark and its last results.
package bench
