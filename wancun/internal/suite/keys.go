package suite

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/journal"
)

// Logs are the journals of the suite, by the names of their services.
var Logs = []string{"org", "village", "action", "report"}

const (
	// issuerURL names the suite's own issuer in its tokens. It is a name and no place to fetch keys from.
	issuerURL = "https://wancun.invalid"
	audience  = "wancun"
)

// keys are the secrets of a data directory.
type keys struct {
	page     []byte
	personal []byte
	signers  map[string]note.Signer
}

// loadKeys reads the secrets of a data directory and makes those that are missing. Whoever loses them loses personal
// data and can no longer extend the journals, so they belong into the backup, apart from the databases.
func loadKeys(dir string) (keys, error) {
	k := keys{signers: map[string]note.Signer{}}
	var err error
	if k.page, err = secret(filepath.Join(dir, "page.key")); err != nil {
		return keys{}, err
	}
	if k.personal, err = secret(filepath.Join(dir, "personal.key")); err != nil {
		return keys{}, err
	}
	for _, log := range Logs {
		if k.signers[log], err = signer(dir, log); err != nil {
			return keys{}, err
		}
	}
	return k, nil
}

// secret reads 32 bytes in hexadecimal.
func secret(path string) ([]byte, error) {
	text, err := readOrCreate(path, func() (string, error) {
		b := make([]byte, 32)
		_, err := rand.Read(b)
		return hex.EncodeToString(b), err
	})
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("read %s: want 64 hexadecimal digits", path)
	}
	return b, nil
}

// signer reads the key that signs a journal's checkpoints. The public key stands beside it.
func signer(dir, log string) (note.Signer, error) {
	text, err := readOrCreate(filepath.Join(dir, log+".key"), func() (string, error) {
		skey, vkey, err := journal.GenerateKey("wancun/"+log, rand.Reader)
		if err != nil {
			return "", err
		}
		return skey, os.WriteFile(publicKeyPath(dir, log), []byte(vkey+"\n"), 0o644) //nolint:gosec // a public key
	})
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(text)
	if err != nil {
		return nil, fmt.Errorf("read key of logs/%s: %w", log, err)
	}
	return s, nil
}

func publicKeyPath(dir, log string) string { return filepath.Join(dir, log+".pub") }

// PublicKey reads the key by which anyone verifies a journal of a data directory.
func PublicKey(dataDir, log string) (note.Verifier, error) {
	b, err := os.ReadFile(publicKeyPath(filepath.Join(dataDir, "keys"), log))
	if err != nil {
		return nil, fmt.Errorf("read public key of logs/%s: %w", log, err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, fmt.Errorf("read public key of logs/%s: %w", log, err)
	}
	return v, nil
}

// readOrCreate reads a file of one line that only its owner may read, and makes it first if it is missing.
func readOrCreate(path string, make func() (string, error)) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read key: %w", err)
	}
	text, err := make()
	if err != nil {
		return "", fmt.Errorf("make %s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep key: %w", err)
	}
	return text, nil
}

// OpenIssuer opens the issuer of a data directory, whose tokens a suite on that directory accepts.
func OpenIssuer(c Config) (*issuer.Issuer, error) {
	dir := filepath.Join(c.Dir, "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open issuer: %w", err)
	}
	signing, err := issuer.LoadKeys(filepath.Join(dir, "issuer.pem"), rand.Reader)
	if err != nil {
		return nil, err
	}
	return issuer.New(issuer.Config{URL: issuerURL, Audience: audience, Keys: signing, Clock: c.Clock, Random: rand.Reader})
}
