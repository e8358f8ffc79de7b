// Package world is a small world for tests: four villages in three counties, three organizations and one campaign with
// every kind of indicator. Ledger computes the figures of its bulletin from the deliveries alone.
package world
