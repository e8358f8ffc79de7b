// Package org is the service that owns the register of social organizations and of their party branches.
//
// Invariants: an organization is named by its Unified Social Credit Code, whose check characters are correct unless a
// registrar accepted the code with a reason; its type agrees with the category digit of the code; its state only
// changes from REGISTERED to APPROVED, by a registrar whose area contains the division of the registering body; nothing
// is ever deleted except the contact person and the secretary of a branch, which are personal data.
//
// All signed-in callers can read the register of organizations; a branch is read where its organization is. Registrars
// and the managers of an organization write it. It also owns the accounts of callers and their roles. The action
// service asks whether an organization is approved, and the report service follows the journal `logs/org`. This
// service calls village to look up divisions, always on behalf of the originating caller. It starts and serves reads
// while village is unavailable.
package org
