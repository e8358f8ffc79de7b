// Package openapi holds the OpenAPI 3.1 document of the suite as it was generated from the protos. `make gen` writes it
// and `make check` holds it to them, so it describes exactly the routes, constraints and roles of this build.
package openapi

import _ "embed"

// Document is the whole document as JSON, ready to be served at /openapi.json. Nobody changes it.
//
//go:embed openapi.json
var Document []byte
