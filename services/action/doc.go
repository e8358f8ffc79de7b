// Package action is the service that owns what campaigns are and what they deliver: campaigns with their actions,
// indicators and need categories as data, and the deliveries that organizations record and villages confirm.
//
// Invariants: nothing of a campaign changes that deliveries rest on; a delivery is of an organization that was approved to
// a village that was in the campaign's scope on the day, within the campaign's dates and in figures that its indicator
// counts; nobody confirms or disputes for the village what they recorded or last amended; a void delivery stays readable
// and void.
//
// Campaigns are public. Deliveries are read and written within the caller's area and organization. The report service
// follows the journal `logs/action`. This service asks org (is the organization approved?) and village (which villages are
// in the scope?), always on behalf of the originating caller; while they are away, what was learned seconds ago still
// serves, then recording is UNAVAILABLE and everything else goes on.
package action
