// Package suite runs the wancun binary as its users do: as another process, with its command line, its REST and its
// gRPC as the only interfaces. The binary is built from the sources beside this module. Every process that a test
// starts here ends with the test.
package suite
