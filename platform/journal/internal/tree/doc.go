// Package tree owns the two things that writers and verifiers of a log must do alike: grow a Merkle tree from its right
// edge, and put its root into the text that is signed. golang.org/x/mod/sumdb/tlog does all hashing (RFC 6962).
package tree
