// Package village owns the villages that campaigns help: which divisions may be taken up as one, and the handlers of
// VillageService.
//
// Other rooms of this service rely on NameOf, and on the fact that a village is never deleted.
package village
