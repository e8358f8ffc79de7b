// Package cache owns hot answers: encoded bytes that many callers ask for and few writes change. They are kept in the
// process and, when there are several replicas, in a tier that the replicas share.
//
// # The promise
//
// Every answer carries the generation of the data it was computed from. A caller that passes the highest generation it
// has seen (the token) never receives anything older, whichever replica it asks and whatever the tier does. Caches that
// delete or overwrite on change cannot promise that: a slow loader stores the old value again after the delete.
//
// The promise depends on the reader alone. One cell per key holds the newest answer. A reader of a cell, in the process
// or in the tier, compares the generation in it with what the request needs, and treats anything less as a miss. So it
// does not matter who wrote a cell last, in which order writes arrived, or whether the tier lost, repeated or invented
// them: a cell is used only if it has this format version, carries a valid MAC for this very key, and is new enough.
//
// # How old an answer may be
//
// Without a token, an answer is served while nothing newer is known (Advance). Under steady change it is served for at
// most Config.Period after its computation began, so all replicas together compute a key about once per period, however
// fast the data changes. TTL bounds the age if Advance is no longer called.
//
// # What it costs when things fail
//
// The tier answers hit or miss and never returns an error. If Redis is down, hangs, is wiped or holds garbage, the cost
// is a load; a circuit breaker avoids a timeout for each. The result of a load, errors included, goes to all callers
// that wait for the key and only to them. Errors are not cached.
//
// # What the caller must ensure
//
// A load must depend on its key alone: whatever narrows the answer (the caller's area, the language) is part of the key;
// otherwise one caller receives another's answer. Do not cache answers with personal data.
package cache
