// Package succession owns the successions of divisions whose code changed: the rules for recording a succession, the
// handlers of SuccessionService, and the moves that grants and figures follow.
//
// A division has at most one succession, because a succession is named by the predecessor's code. The successions that
// are not withdrawn form no cycle.
package succession
