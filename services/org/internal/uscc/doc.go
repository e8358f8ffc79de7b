// Package uscc checks and reads the Unified Social Credit Codes of social organizations, by the national standard GB
// 32100-2015.
//
// A code has 18 characters: the digits and the capital letters without I, O, S, V and Z. Its parts are the registration
// department, the category, six digits for the division of the registering body, a nine-character subject code whose
// last character is its check character (GB 11714), and the check character of the whole code. The check characters
// detect every change of one character and every swap of two different neighbours in a well-formed code.
//
// The division part never changes after the registration, so this package does not compare it with the current
// divisions.
package uscc
