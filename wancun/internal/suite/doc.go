// Package suite runs all of Wancun in one process: the four services on their own databases, one gRPC server in front
// of them, and the REST gateway. The command `wancun up`, the demonstration and the tests run it.
//
// All data is in one data directory: a database per service, the secrets under keys/, and a lock that keeps a second
// process out. Calls between the parts stay inside the process but go through the same interceptors as calls over the
// network.
package suite
