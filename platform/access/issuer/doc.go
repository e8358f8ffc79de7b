// Package issuer owns the suite's own OpenID Connect issuer, for a machine that has no other: it signs tokens for people
// and scripts, hands out one-time sign-in codes, and publishes its keys so that any OIDC client can verify what it signed.
//
// Its tokens are verified by the same code as any provider's (package access). It keeps no list of users: whoever holds
// the key file decides who may do what, and with the file goes every token signed by it.
package issuer
