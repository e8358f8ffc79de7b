// Package session owns the sessions of signed-in browsers, and the handlers of SessionService.
package session
