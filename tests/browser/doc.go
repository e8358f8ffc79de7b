// Package browser tests the console in a real browser, as people use it. The stories are the programs in web/e2e.
package browser
