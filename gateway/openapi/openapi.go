// Package openapi contains the OpenAPI 3.1 document of the suite. `make gen` generates it from the protos and `make
// check` compares it with them, so it describes exactly the routes, constraints and roles of this build.
package openapi

import _ "embed"

// Document is the document as JSON, served at /openapi.json. It must not be modified.
//
//go:embed openapi.json
var Document []byte
