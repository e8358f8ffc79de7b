// Package organization owns the register of social organizations: the rules of what may be registered and which
// organizations may take part, and the handlers of OrganizationService.
package organization
