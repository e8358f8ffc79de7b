package suite

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/journal"
)

const (
	// issuerURL identifies the suite's own issuer in its tokens. No keys are fetched from it.
	issuerURL = "https://wancun.invalid"
	audience  = "wancun"
)

// keys are the secrets of a data directory.
type keys struct {
	page     []byte
	personal []byte
	journals map[string]journal.Keys
}

// loadKeys reads the secrets of a data directory. If they are files, it makes those of a new directory. Without them
// personal data cannot be read and the journals cannot be extended, so they must be backed up, separately from the
// databases. A key that is missing later is an error; it is not made again.
func loadKeys(ctx context.Context, c Config) (keys, error) {
	from, err := secretsOf(c)
	if err != nil {
		return keys{}, err
	}
	if from.dir != "" {
		if err := makeKeys(c, from); err != nil {
			return keys{}, err
		}
	}
	k := keys{journals: map[string]journal.Keys{}}
	if k.page, err = from.key(ctx, "page"); err != nil {
		return keys{}, err
	}
	if k.personal, err = from.key(ctx, "personal"); err != nil {
		return keys{}, err
	}
	for _, log := range services.All() {
		if k.journals[log], err = from.journal(ctx, log); err != nil {
			return keys{}, err
		}
	}
	for _, log := range services.All() {
		if err := publish(c.Dir, log, k.journals[log].PublicKey); err != nil {
			return keys{}, err
		}
	}
	return k, nil
}

// makeKeys makes the secrets of a new data directory.
func makeKeys(c Config, in secrets) error {
	if err := os.MkdirAll(in.dir, 0o700); err != nil {
		return fmt.Errorf("make directory for keys: %w", err)
	}
	// The public keys are written last: if one exists, all secrets existed.
	complete, err := filepath.Glob(publicKeyPath(filepath.Join(c.Dir, "keys"), "*"))
	if err != nil {
		return fmt.Errorf("look for keys: %w", err)
	}
	used := len(complete) > 0
	for _, name := range []string{"page", "personal"} {
		err := establish(in.path(name), used, func() (string, error) {
			b := make([]byte, 32)
			_, err := rand.Read(b)
			return hex.EncodeToString(b) + "\n", err
		})
		if err != nil {
			return err
		}
	}
	for _, log := range services.All() {
		if err := makeSigner(c, in, log); err != nil {
			return err
		}
	}
	return nil
}

// makeSigner makes the key file of a new journal: the private and the public key, each on a line. The public key is
// also published in a file of its own.
func makeSigner(c Config, in secrets, log string) error {
	_, err := os.Stat(publicKeyPath(filepath.Join(c.Dir, "keys"), log))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for public key of logs/%s: %w", log, err)
	}
	return establish(in.path(log), err == nil, func() (string, error) {
		skey, vkey, err := journal.GenerateKey("wancun/"+log, rand.Reader)
		return skey + "\n" + vkey + "\n", err
	})
}

func publicKeyPath(dir, log string) string { return filepath.Join(dir, log+".pub") }

// PublicKey reads the public key of a journal of a data directory.
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

// OpenIssuer opens the token issuer of a data directory. A suite on that directory accepts its tokens.
func OpenIssuer(ctx context.Context, c Config) (*issuer.Issuer, error) {
	if err := isDataDir(c.Dir); err != nil {
		return nil, fmt.Errorf("open issuer: %w", err)
	}
	signing, err := issuerKeys(ctx, c)
	if err != nil {
		return nil, err
	}
	return issuer.New(issuer.Config{URL: issuerURL, Audience: audience, Keys: signing, Clock: c.Clock, Random: rand.Reader})
}

func issuerKeys(ctx context.Context, c Config) ([]ed25519.PrivateKey, error) {
	from, err := secretsOf(c)
	if err != nil {
		return nil, err
	}
	if from.dir != "" {
		return issuer.LoadKeys(from.path("issuer"), rand.Reader)
	}
	text, err := from.read(ctx, "issuer")
	if err != nil {
		return nil, err
	}
	signing, err := issuer.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("read key issuer: %w", err)
	}
	return signing, nil
}

// isDataDir returns an error if no suite has run on the directory.
func isDataDir(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "keys")); err != nil {
		return fmt.Errorf("%s is not a data directory; wancun up makes one, and --data names another", dir)
	}
	return nil
}
