// Package service declares a service of the suite once: its name, its schema, its rooms and the peers that it is given. The
// process that runs one service and the binary that runs all of them open it from that declaration.
package service
