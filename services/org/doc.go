// Package org is the service that owns the register of social organizations.
//
// Invariants: an organization is named by its Unified Social Credit Code, whose check characters fit unless a registrar
// answered for it with a reason; its type agrees with the code's category digit; its state only goes from REGISTERED to
// APPROVED, by a registrar whose area contains the division of the registering body; nothing is ever deleted but the
// contact person, who is personal data.
//
// Everybody who is signed in reads the register. Registrars and the organizations' own managers write. The action service
// asks whether an organization is approved, and the report service follows the journal `logs/org`. This service asks
// village which divisions there are, always on behalf of the originating caller; it starts and serves reads while village
// is away.
package org
