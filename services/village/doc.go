// Package village is the service that owns places and what they need: the tree of administrative divisions, the villages
// that campaigns help, the named and dated sets of them (scopes), and the needs that their teams survey.
//
// Invariants: a division's level and parent follow from its code, an edition of the codes is taken in whole or not at all
// and never after a later one, and a division that an edition drops is retired, not deleted; a village is a standing
// division of village level when it is taken up; a village is in a scope at most once at any date, and a membership is
// never removed; no author of a need verifies or returns it; a division that an edition retired has at most
// one successor, and successions form no circle.
//
// Divisions, successions and scopes are public. Villages and needs are read within the caller's area and written by teams and county
// clerks. The action service asks which villages are in a scope, and the report service follows the journal
// `logs/village`. This service asks nobody.
package village
