// Package secret makes the codes of invitations and the secrets of sessions. A text consists of the UUIDs of what it is
// for and of a MAC under a key of the service, so that the service recognises its texts without storing them.
package secret
