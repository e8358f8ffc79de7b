package bulletin

import (
	"fmt"
	"net/url"
	"strings"

	"rsc.io/qr"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/figure"
)

// quiet is the width of the empty margin around a code, in modules, as ISO/IEC 18004 demands.
const quiet = 4

// code is a QR code as a path of squares in a square of Size modules.
type code struct {
	Address, Path string
	Size          int
}

// address returns the address of the public page of a bulletin under the address at which people reach the suite.
func address(public, name, asKnownAt string, l reportv1.RenderBulletinRequest_Language) string {
	query := url.Values{"format": {"HTML"}}
	if figure.English(l) {
		query.Set("language", "ENGLISH")
	}
	if asKnownAt != "" {
		query.Set("asKnownAt", asKnownAt)
	}
	return strings.TrimSuffix(public, "/") + "/v1/" + name + ":render?" + query.Encode()
}

// newCode encodes an address.
func newCode(address string) (*code, error) {
	c, err := qr.Encode(address, qr.M)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", address, err)
	}
	var path strings.Builder
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return &code{Address: address, Path: path.String(), Size: c.Size + 2*quiet}, nil
}
