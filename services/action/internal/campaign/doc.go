// Package campaign owns campaigns: the rules for a consistent catalogue of actions, indicators and need categories, the
// rules for what may change after records depend on it, and the handlers of CampaignService.
//
// Other rooms of this service use Catalogues for the rules of recording a delivery. A cached catalogue is at most
// recent.StaleAfter old, and never older than the last change that this process itself has made.
package campaign
