// Package partybranch owns the party branches of organizations, and the handlers of PartyBranchService.
package partybranch
