// Package follow reads a journal from the position of a sink and passes the entries to the sink in order, until the
// service stops.
//
// Guarantees: entries reach the sink in the order of their positions, without gaps. The sink must prevent that an entry
// counts twice, by storing the position in the transaction that applies it: after any error, the follower requests the
// sink's position and continues from there. While a journal is unavailable, the follower retries with growing pauses.
package follow
