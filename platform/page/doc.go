// Package page owns what every list shares: how many items a page holds and the token that leads to the next one.
//
// A page token is the position after the last item of a page (a keyset cursor, whatever bytes the list chooses), sealed
// with AES-256-GCM under a key derived from the suite's page key and the query. Callers cannot read it, so a list's sort
// columns may stand in it; they cannot make or alter one, so a list may put an opened cursor into its SQL parameters
// without checking who wrote it; and a token of one query does not open under another, so paging never changes filter or
// order midway. Every replica with the same key opens the tokens of every other, and nothing is stored on the server.
//
// A token does not expire and proves nothing about the caller: a list checks the caller's area on every page.
package page
