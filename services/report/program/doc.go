// Package program is the report service as a program: its settings, and how the service is opened from them. The binary
// called report runs it, and so does wancun, which holds every program of the suite.
//
// What may be relied on is what package process says of every program; the settings are those that --help prints.
package program
