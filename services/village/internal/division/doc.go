// Package division owns the tree of administrative divisions: how level and parent follow from a code, how an edition
// of the codes is checked and imported, and the handlers of DivisionService.
//
// Other rooms of this service use LevelOf and NameOf. They rely on the fact that an imported division is never deleted:
// an edition that no longer contains it sets its `valid_to`.
package division
