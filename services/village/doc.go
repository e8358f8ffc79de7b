// Package village is the service that owns places and their needs: the tree of administrative divisions, the villages
// that campaigns help, the scopes (named sets of villages with dated memberships), and the needs that village teams
// survey.
//
// Invariants: the level and the parent of a division follow from its code; an edition of the codes is imported
// completely or not at all, and never after a later one; a division that is missing in a new complete edition is
// retired, not deleted; a village is created only for a current division of village level; a village is in a scope at
// most once at any date, and a membership is never removed; the author of a need can neither verify nor return it; a
// retired division has at most one successor, and successions form no cycle.
//
// Divisions, successions and scopes are public. Villages and needs are read within the caller's area and written by
// teams and county clerks. The action service asks which villages are in a scope, and the report service follows the
// journal `logs/village`. This service calls no other service.
package village
