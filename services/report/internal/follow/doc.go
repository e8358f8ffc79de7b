// Package follow reads a journal from where a sink stands and hands it on in order, for as long as the service runs.
//
// What may be relied on: entries reach the sink in the order of their positions and none is left out. Whether one counts
// twice is the sink's to prevent, by storing the position in the transaction of what it applies; after any error the
// follower asks the sink where it stands and reads on from there. A journal that is down costs waiting, with growing
// pauses, and nothing else.
package follow
