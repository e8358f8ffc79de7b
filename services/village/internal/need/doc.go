// Package need owns the needs of villages and the handlers of NeedService. The protos declare the states of a need and
// the transitions between them, on the methods of NeedService.
package need
