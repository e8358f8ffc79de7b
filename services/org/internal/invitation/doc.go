// Package invitation owns the invitations by which persons receive accounts, and the handlers of InvitationService.
package invitation
