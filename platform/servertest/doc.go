// Package servertest provides the environment for tests of services: an in-process server with the interceptors of
// production, callers with real tokens, real databases that are empty at first and removed after the test, and a clock
// that only the test moves. Only tests may use it.
//
// WANCUN_TEST_POSTGRES and WANCUN_TEST_REDIS hold the URLs of real servers. A test that needs one that is not set is
// skipped. With CI=true it fails instead, so that CI skips no test unnoticed.
package servertest
