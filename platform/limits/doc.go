// Package limits divides what all callers of a process share, so that no caller can use it up.
//
// A caller receives a unit as long as it then holds no more than is left. A caller alone can hold half of the units, the
// next caller half of the rest, and so on: a caller that holds nothing finds a unit until many others hold their shares.
// The rule needs no list of callers and no setting for each of them.
//
// The package also says how large a request may be and estimates what it takes in memory, so that REST and gRPC refuse the
// same requests before they decode them.
package limits
