package text

// IsDefaultIgnorable exports isDefaultIgnorable to the test that compares it with the standard.
func IsDefaultIgnorable(r rune) bool { return isDefaultIgnorable(r) }
