// Package contract holds the protos to the rules of the suite that no linter of protos has: CONTRIBUTING.md lists them
// under "The contract". Each test reads the descriptors of all services, so that a new resource is held to them too.
package contract
