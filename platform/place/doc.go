// Package place owns the codes of places: their levels, parents and prefixes, and what became of a place when its code
// changed.
//
// # Codes
//
// A statistical code has 2 digits for the province, 2 for the prefecture, 2 for the county, 3 for the township and 3 for
// the village. A short code has the digits of its level alone (430523), a full code is padded with zeros to 12 digits
// (430523000000). The short code of a place is a prefix of the codes of every place within it.
//
// # Successions
//
// [Successions] are moves from a code to the code that took over. They answer two questions. [Successions.Current]
// returns the code that a place has today. [Successions.Territory] returns the codes that an area has today or had
// before, as prefixes: those that begin with its own code or with those of its predecessors, without the parts that
// other areas took over. Both follow moves over any number of steps.
//
// The package is pure: it reads no clock and no database. It is safe for concurrent use.
package place
