// Package route reads the HTTP rules of RPCs, the google.api.http annotations: which verb and path reach a method, which fields
// of its request are in the path, and which are the body.
package route
