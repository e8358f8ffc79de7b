// Package service declares a service of the suite in one place: its name, its schema, its rooms and its peers. Both the
// process that runs one service and the binary that runs all of them open it from that declaration.
package service
