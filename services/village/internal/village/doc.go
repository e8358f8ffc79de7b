// Package village owns the villages that campaigns help: the rules for which divisions may be taken up as villages, and
// the handlers of VillageService.
//
// Other rooms of this service rely on the fact that a village is never deleted.
package village
