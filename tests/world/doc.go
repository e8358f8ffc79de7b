// Package world is a small world to tell stories in: four villages in three counties, three organizations and one campaign
// with every kind of indicator. Ledger works out, from nothing but the deliveries, what its bulletin must say.
package world
