package journal

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Keys are the keys that are derived from the private key of a log. They are stored, backed up and lost together with
// it: without the private key the journal cannot be extended, and rows that could still be read would be of no use.
type Keys struct {
	// Signer signs the checkpoints.
	Signer note.Signer
	// Verifier verifies them. PublicKey is the same key as text, for [note.NewVerifier].
	Verifier  note.Verifier
	PublicKey string
	// Row (32 bytes) authenticates the rows of the service's tables.
	Row []byte
}

// ReadKeys derives the keys of a log from its private key, in the form of [GenerateKey].
func ReadKeys(skey string) (Keys, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return Keys{}, fmt.Errorf("read journal key: %w", err)
	}
	parts := strings.SplitN(skey, "+", 5) // PRIVATE+KEY+name+hash+key
	private, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(private) != 1+ed25519.SeedSize { // the first byte is the algorithm
		return Keys{}, errors.New("read journal key: it is no Ed25519 key in base64") // err would contain a part of it
	}
	k := Keys{Signer: signer}
	if k.Row, err = hkdf.Key(sha256.New, private, nil, "wancun row key "+signer.Name(), sha256.Size); err != nil {
		return Keys{}, fmt.Errorf("derive row key: %w", err)
	}
	public, _ := ed25519.NewKeyFromSeed(private[1:]).Public().(ed25519.PublicKey)
	if k.PublicKey, err = note.NewEd25519VerifierKey(signer.Name(), public); err != nil {
		return Keys{}, fmt.Errorf("derive public key: %w", err)
	}
	if k.Verifier, err = note.NewVerifier(k.PublicKey); err != nil {
		return Keys{}, fmt.Errorf("derive public key: %w", err)
	}
	return k, nil
}
