// Package rank decides who may give which role to whom.
package rank
