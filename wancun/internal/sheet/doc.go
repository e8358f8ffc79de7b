// Package sheet converts users' CSV files into the batch requests of the services.
//
// The header of a file determines its kind. Reading is strict and complete: an unknown column is refused by name, and
// every bad row is reported with its line and column. Ids are derived from the content, so reading a file twice makes
// the same requests, including their ids, and loading it again changes nothing.
package sheet
