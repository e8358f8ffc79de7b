package process

import (
	"encoding/hex"
	"fmt"

	"github.com/wancun/wancun/platform/config"
)

const keyBytes = 32

// Key returns the key in a file of 64 hexadecimal digits.
func Key(f config.SecretFile) ([]byte, error) {
	key, err := hex.DecodeString(string(f.Bytes()))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%s does not hold %d hexadecimal digits", f.Path(), 2*keyBytes) // err has the key
	}
	return key, nil
}
