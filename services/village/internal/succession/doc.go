// Package succession owns what became of divisions whose code changed: the rules by which a succession is recorded, the
// handlers of SuccessionService, and the moves that grants and figures follow.
//
// What may be relied on: a division has at most one succession, because the name of a succession is the predecessor's
// code; the successions that are not withdrawn form no circle.
package succession
