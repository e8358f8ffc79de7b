package journal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// RowKey is the key by which the rows of a service's tables are authenticated (32 bytes), derived from the private key of
// its journal as [GenerateKey] makes it. The two are then kept, backed up and lost together: without the private key the
// journal cannot be extended, so that rows which could still be read would be of no use.
func RowKey(skey string) ([]byte, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, fmt.Errorf("read journal key: %w", err)
	}
	parts := strings.SplitN(skey, "+", 5) // PRIVATE+KEY+name+hash+key
	private, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil {
		return nil, errors.New("read journal key: it is not base64") // err would show a part of it
	}
	key, err := hkdf.Key(sha256.New, private, nil, "wancun row key "+signer.Name(), sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive row key: %w", err)
	}
	return key, nil
}
