// Package organization owns the register of social organizations: what may be registered, who may take part, and the
// handlers of OrganizationService.
package organization
