// Package uscc reads Unified Social Credit Codes by the national standard GB 32100-2015, as social organizations bear
// them.
//
// A code has 18 characters of the digits and the capital letters without I, O, S, V and Z: registration department,
// category, six digits for the division of the registering body, a nine-character subject code whose last character
// checks it (GB 11714), and a character that checks the whole. Every change of one character and every swap of two
// unlike neighbours in a well-formed code is found.
//
// The division part is frozen at registration, so nothing here compares it with the divisions of today.
package uscc
