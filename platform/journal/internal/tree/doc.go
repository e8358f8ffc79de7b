// Package tree owns the two things that whoever writes a log and whoever checks one must do alike: grow a Merkle tree from
// its right edge, and put its root into the text that is signed. All hashing is golang.org/x/mod/sumdb/tlog's (RFC 6962).
package tree
