// Command openapi writes the one OpenAPI 3.1 document of the suite from its protos.
//
//	buf build proto --as-file-descriptor-set -o - | openapi PLUGIN > openapi.json
//
// It reads a FileDescriptorSet with source info, lets PLUGIN (grpc-gateway's protoc-gen-openapiv3) translate each file,
// and finishes the result: path variables are called after the resource patterns, so that equal paths are equal; field
// constraints, roles, security and problem details come in from the options that the servers themselves read. So the
// document promises what is enforced, and the same protos give the same bytes. What a form needs comes in as well: labels in
// English (title) and Chinese (x-label-zh), units, which resource a text names, and what cannot be changed.
package main
