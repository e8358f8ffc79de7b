// Package contract tests rules for the protos that linters cannot check. CONTRIBUTING.md lists them under "The
// contract". Each test reads the descriptors of all services, and so covers new resources.
package contract
