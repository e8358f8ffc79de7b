// Package program runs the report service: it declares the settings and opens the service from them. It is called by
// the binary report and by the binary wancun, which contains every program of the suite.
//
// Package process documents the guarantees of every program. Run the binary with --help for a list of the settings.
package program
