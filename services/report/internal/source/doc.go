// Package source declares the resources that report counts, each with one function that converts an entry to facts. An
// entry of any other type advances the cursor of its log and changes nothing else.
//
// To add a kind of fact, add a file with such a function and a line in [All].
package source
