// Package migrations holds the schema of the report service, one SQL text for both engines.
package migrations

import (
	"embed"
	"io/fs"
)

// VersionTable records which of them ran.
const VersionTable = "report_version"

//go:embed *.sql
var files embed.FS

// Set is the migrations in the form that package database takes.
func Set() fs.FS { return files }
