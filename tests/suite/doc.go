// Package suite runs the wancun binary as its users do: as another process, known only by its command line, its REST and
// its gRPC. The binary is built from the sources beside this module, and every process started here ends with its test.
package suite
