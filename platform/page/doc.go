// Package page owns what every list shares: the number of items in a page and the token of the next page.
//
// A page token is the position after the last item of a page: a keyset cursor, whose bytes the list chooses. It is
// sealed with AES-256-GCM under a key derived from the suite's page key and the query. Callers cannot read it, so it
// may contain the list's sort columns. They cannot make or change one, so a list may put an opened cursor into its SQL
// parameters without checking who wrote it. A token of one query does not open under another, so filter and order
// cannot change between pages. Every replica with the same key opens the tokens of the others, and nothing is stored on
// the server.
//
// A token does not expire and proves nothing about the caller: a list checks the caller's area on every page.
package page
