// Package verify owns the check of a log from outside, which anyone can make: that its entries are, byte for byte and
// without a gap, what was signed.
//
// It trusts the log's public key and nothing that the server says. It hashes every record and builds the tree itself,
// and every stored checkpoint must be signed and state the root of that tree. Checkpoints that all fit one tree are
// consistent with one another.
//
// A log that was cut short together with its checkpoints, or rewritten with the signing key, passes this check. To
// detect that, pass an older checkpoint as [Config.Known]; a bulletin prints the checkpoints that it is based on.
package verify
