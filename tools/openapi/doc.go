// Command openapi generates the OpenAPI 3.1 document of the suite from its protos.
//
//	buf build proto --as-file-descriptor-set -o - | openapi PLUGIN > openapi.json
//
// It reads a FileDescriptorSet with source info, runs PLUGIN (grpc-gateway's protoc-gen-openapiv3) on each file, and
// completes the result. Path variables get the names in the resource patterns, so that equal paths have equal text. Field
// constraints, roles, security and problem details come from the options that the servers read, so the document describes
// what is enforced. For forms it contains labels in English (title) and Chinese (x-label-zh), units, the resource that a
// text names, and which fields are immutable. The same protos result in the same bytes.
package main
