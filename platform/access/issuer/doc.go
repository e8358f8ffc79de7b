// Package issuer is the suite's own OpenID Connect issuer, for a machine that has no other. It signs tokens for people
// and scripts, creates one-time sign-in codes, and publishes its keys so that any OIDC client can verify its tokens.
//
// Package access verifies its tokens in the same way as those of any other provider. The issuer has no list of users:
// a person with the key file can grant any permission. Removing the file revokes every token signed with it.
package issuer
