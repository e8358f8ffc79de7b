// Package overview serves the overview of a campaign as encoded JSON from a cache.
//
// Guarantees: a response names the generation that it reflects, which is also its ETag. A caller that sends a
// generation back as min_generation never receives an older one, from any replica. While data changes continuously, a
// response may be half a second old. Responses do not depend on whether a shared cache exists or fails.
package overview
