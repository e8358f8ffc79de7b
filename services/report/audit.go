package report

import "github.com/wancun/wancun/services/report/internal/rollup"

// Audit compares what report has made of the journals with the journals, for whoever checks it without the service, and
// AuditOutcome is what it found.
type (
	Audit        = rollup.Audit
	AuditOutcome = rollup.Outcome
)
