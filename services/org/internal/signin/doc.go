// Package signin signs people in: it checks passwords, begins sessions, exchanges the secrets of sessions for tokens, lets
// persons accept invitations, and publishes what was revoked. It serves SignInService.
package signin
