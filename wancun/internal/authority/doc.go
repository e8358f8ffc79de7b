// Package authority issues certificates for mTLS between the processes of a suite. It is for development and trials
// only: its key is stored unencrypted beside the certificates.
package authority
