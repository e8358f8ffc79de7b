// Package machine reads the state machine of a kind of resources from the protos: the transition options of the methods that
// write it (wancun/resource/v1/resource.proto). The kit enforces the machine, and the documents show it.
//
// Of validates the machine that it returns: each method that writes a resource of the kind has a transition, one
// transition gives the first state, every state can be reached, and every field that a transition names exists.
package machine
