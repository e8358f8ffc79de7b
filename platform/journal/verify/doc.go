// Package verify owns the check that anyone can make of a log from outside: that its entries are, byte for byte and without
// a gap, what was signed.
//
// It trusts the log's public key and nothing that the server says: every record is hashed here, the tree is built here, and
// every stored checkpoint must be signed and state the root of that tree. Checkpoints that all fit one tree are consistent
// with one another.
//
// A log that was cut short together with its checkpoints, or written anew with the signing key, looks whole. Whoever keeps an
// older checkpoint (a bulletin prints the ones it rests on) sees that too, by passing it as [Config.Known].
package verify
