// Package division owns the tree of administrative divisions: how a code tells level and parent, how an edition of the
// codes is checked and taken in, and the handlers of DivisionService.
//
// Other rooms of this service rely on LevelOf and NameOf, and on the fact that a division, once imported, is never
// deleted: an edition that no longer holds it gives it a `valid_to`.
package division
