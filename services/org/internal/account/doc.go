// Package account owns the accounts of people and programs, and the handlers of AccountService.
package account
