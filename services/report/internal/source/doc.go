// Package source says which resources report counts: one function each, which turns what an entry says of a resource into
// facts. An entry of any other type advances the cursor of its log and changes nothing else.
//
// A new kind of fact is a file with such a function and a line in [All].
package source
