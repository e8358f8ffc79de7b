// Package overview answers a campaign's hot aggregates as ready JSON from the cache.
//
// What may be relied on: an answer holds as of the generation it names, which is also its ETag; one caller that hands
// its generation back is never served an older one, whichever replica it asks. Under steady change an answer may be half a
// second old. Without a cache tier, or with one that fails, the answers are the same.
package overview
