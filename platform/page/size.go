package page

// Default and largest page size of every list (AIP-158).
const (
	DefaultSize = 50
	MaxSize     = 1000
)

// Size is how many items to return for the page_size a request asks for: DefaultSize for none (0), MaxSize at most, as
// AIP-158 has it. A negative size is the request's fault and its constraint refuses it before this is asked; here it
// counts as none.
func Size(requested int32) int {
	switch {
	case requested <= 0:
		return DefaultSize
	case requested > MaxSize:
		return MaxSize
	}
	return int(requested)
}
