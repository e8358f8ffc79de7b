package page

// Default and largest page size of every list (AIP-158).
const (
	DefaultSize = 50
	MaxSize     = 1000
)

// Size returns how many items to return for the page_size of a request: DefaultSize for 0, and at most MaxSize
// (AIP-158). The field's constraint refuses a negative size earlier; Size treats one as 0.
func Size(requested int32) int {
	switch {
	case requested <= 0:
		return DefaultSize
	case requested > MaxSize:
		return MaxSize
	}
	return int(requested)
}
