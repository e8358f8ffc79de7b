// Package program runs the gateway: it declares the settings and opens the gateway from them. It is called by the
// binary gateway and by the binary wancun, which contains every program of the suite.
//
// Package process documents the guarantees of every program. Run the binary with --help for a list of the settings.
package program
