// Package limits divides what all callers of a process share, so that no caller can use it up.
//
// A caller receives a unit as long as it would then hold no more than is left. One caller can hold half of the units,
// the next caller half of the rest, and so on. A caller that holds nothing therefore receives a unit until many others
// hold their shares. The rule needs no list of callers and no setting for each of them.
//
// The package also limits the size of a request and estimates what the request takes in memory, so that REST and gRPC
// refuse the same requests before they decode them.
package limits
