// Package sheet turns the CSV files that people upload into the batch requests of the services.
//
// A file's header decides what it holds. Reading is strict and complete: a column that nobody would look at is refused
// by name, and every bad row is reported with its line and column, not only the first. Identities are derived from the
// content, so a file read twice makes the same requests, ids included, and loading it again changes nothing.
package sheet
