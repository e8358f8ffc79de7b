// Package grant owns the roles of accounts, and the handlers of GrantService.
package grant
