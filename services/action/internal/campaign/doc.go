// Package campaign owns campaigns: when a catalogue of actions, indicators and need categories fits together, what of it
// may change once records rest on it, and the handlers of CampaignService.
//
// Other rooms of this service rely on Catalogues for the rules of recording a delivery: a campaign made ready to be
// asked, at most recent.StaleAfter old, and never older than the last change that this process itself has made.
package campaign
