package suite

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
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
	journals map[string]journal.Keys
}

// loadKeys reads the secrets of a data directory, and makes those of a new one. Whoever loses them loses personal data and
// can no longer extend the journals, so they belong into the backup, apart from the databases; one that is missing later is
// an error, and not made anew.
func loadKeys(dir string) (keys, error) {
	k := keys{journals: map[string]journal.Keys{}}
	// The public keys are written last, so where there is one the secrets were complete.
	complete, err := filepath.Glob(publicKeyPath(dir, "*"))
	if err != nil {
		return keys{}, fmt.Errorf("look for keys: %w", err)
	}
	used := len(complete) > 0
	if k.page, err = secret(filepath.Join(dir, "page.key"), used); err != nil {
		return keys{}, err
	}
	if k.personal, err = secret(filepath.Join(dir, "personal.key"), used); err != nil {
		return keys{}, err
	}
	for _, log := range Logs {
		if err := makeSigner(dir, log); err != nil {
			return keys{}, err
		}
		if k.journals[log], err = signer(dir, log); err != nil {
			return keys{}, err
		}
	}
	return k, nil
}

// secret reads 32 bytes in hexadecimal.
func secret(path string, used bool) ([]byte, error) {
	err := establish(path, used, func() (string, error) {
		b := make([]byte, 32)
		_, err := rand.Read(b)
		return hex.EncodeToString(b) + "\n", err
	})
	if err != nil {
		return nil, err
	}
	return readSecret(path)
}

func readSecret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("read %s: want 64 hexadecimal digits", path)
	}
	return b, nil
}

// makeSigner makes the key of a journal that has none yet: the private and the public key on a line each, and the public
// one once more in a file that may be given away.
func makeSigner(dir, log string) error {
	private, public := filepath.Join(dir, log+".key"), publicKeyPath(dir, log)
	_, err := os.Stat(public)
	if err == nil {
		return establish(private, true, nil)
	}
	if err := establish(private, false, func() (string, error) {
		skey, vkey, err := journal.GenerateKey("wancun/"+log, rand.Reader)
		return skey + "\n" + vkey + "\n", err
	}); err != nil {
		return err
	}
	text, err := os.ReadFile(private)
	if err != nil {
		return fmt.Errorf("read key of logs/%s: %w", log, err)
	}
	_, vkey, _ := strings.Cut(string(text), "\n")
	return write(public, vkey, 0o644)
}

// signer reads the key that signs a journal's checkpoints, with those that follow from it.
func signer(dir, log string) (journal.Keys, error) {
	text, err := os.ReadFile(filepath.Join(dir, log+".key"))
	if err != nil {
		return journal.Keys{}, fmt.Errorf("read key of logs/%s: %w", log, err)
	}
	skey, _, _ := strings.Cut(string(text), "\n")
	k, err := journal.ReadKeys(skey)
	if err != nil {
		return journal.Keys{}, fmt.Errorf("read key of logs/%s: %w", log, err)
	}
	return k, nil
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

// OpenIssuer opens the issuer of a data directory, whose tokens a suite on that directory accepts.
func OpenIssuer(c Config) (*issuer.Issuer, error) {
	if err := isDataDir(c.Dir); err != nil {
		return nil, fmt.Errorf("open issuer: %w", err)
	}
	signing, err := issuer.LoadKeys(filepath.Join(c.Dir, "keys", "issuer.pem"), rand.Reader)
	if err != nil {
		return nil, err
	}
	return issuer.New(issuer.Config{URL: issuerURL, Audience: audience, Keys: signing, Clock: c.Clock, Random: rand.Reader})
}

// isDataDir says why a directory is none that a suite has run on.
func isDataDir(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "keys")); err != nil {
		return fmt.Errorf("%s is not a data directory; wancun up makes one, and --data names another", dir)
	}
	return nil
}
