// Package action is the service that owns campaigns and their deliveries. A campaign declares its actions, indicators
// and need categories as data. A delivery is recorded by an organization and confirmed by the village.
//
// Invariants: a campaign keeps everything that its deliveries depend on; a delivery is made by an organization that was
// approved, to a village that was in the campaign's scope on that day, within the campaign's dates and in figures that
// its indicator counts; the caller that recorded or last amended a delivery cannot confirm or dispute it for the
// village; a void delivery remains readable and stays void.
//
// Campaigns are public. Deliveries are read and written within the caller's area and organization. The report service
// follows the journal `logs/action`. This service calls org (is the organization approved?) and village (which villages
// are in the scope?), always on behalf of the originating caller. While they are unavailable, answers of the last few
// seconds are reused; after that, recording a delivery fails with UNAVAILABLE and everything else continues to work.
package action
