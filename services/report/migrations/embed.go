// Package migrations contains the schema of the report service. PostgreSQL and SQLite use the same SQL.
package migrations

import (
	"embed"
	"io/fs"
)

// VersionTable is the name of the table that records the applied migrations.
const VersionTable = "report_version"

//go:embed *.sql
var files embed.FS

// Set returns the migrations for package database.
func Set() fs.FS { return files }
