// Package route reads the HTTP rules of RPCs (the google.api.http annotations): the verb and path of a method, the
// request fields in the path, and the request fields in the body.
package route
