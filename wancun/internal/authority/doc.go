// Package authority issues certificates for mTLS between the processes of a suite, for development and trials: its key is
// unencrypted beside the certificates.
package authority
