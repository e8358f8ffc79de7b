// Package cache owns hot answers: ready bytes that many callers ask for and few writes change, kept in the process and,
// when there are several replicas, in a tier they share.
//
// # The promise
//
// Every answer carries the generation of the data it was computed from. A caller that hands back the highest generation it
// has seen (the token) is never served anything older, whichever replica it asks, whatever the tier does. Caches that
// delete or overwrite on change cannot promise that: a slow loader puts the old value back after the delete.
//
// The promise rests on the reader alone. One cell per key holds the newest answer; whoever reads a cell, in the process or
// in the tier, compares the generation inside it with what this request needs and treats anything less as a miss. So it
// does not matter who wrote a cell last, in which order writes landed, or whether the tier lost, repeated or invented
// them: a cell is used only if it is of this format version, carries a valid MAC for this very key, and is new enough.
//
// # How old an answer may be
//
// Without a token an answer is served while nothing newer is known (Advance), or, under steady change, for at most
// Config.Period after its computation began; so a key is computed about once per period by all replicas together, however
// fast the data moves. TTL bounds what happens if nobody calls Advance any more.
//
// # What it costs when things fail
//
// The tier answers hit or miss and never an error. Redis down, hanging, wiped or holding rubbish costs a load, and a breaker
// keeps it from costing a timeout each. What loads return, errors included, goes to all who wait for that key and only to
// them; errors are not kept.
//
// # What the caller must see to
//
// A load depends on its key alone: whatever narrows the answer (the caller's area, the language) is part of the key, or one
// caller sees what was made for another. Personal data does not belong in an answer that is cached.
package cache
