// Package servertest owns what tests of services stand on: a real server in the process behind the same interceptors as in
// production, callers with real tokens, real databases that are empty and gone after the test, and a clock that stands
// still. It is for tests alone.
//
// Real servers are found by WANCUN_TEST_POSTGRES and WANCUN_TEST_REDIS (URLs). Where one is not set the test is skipped,
// unless CI=true: then it fails, so that nothing is skipped unseen where it counts.
package servertest
