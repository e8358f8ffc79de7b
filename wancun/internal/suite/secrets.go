package suite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/journal"
)

// secrets locates the private keys of a suite: those of the journals, by log, and page, personal and issuer.
type secrets struct {
	// dir is the directory of the key files, which the suite makes if it is new; empty if form is set.
	dir string
	// form is a source of package config with {name} or {NAME} in it. Keys from there are only read, never made.
	form string
}

// secretsOf returns the place of the keys of a data directory.
func secretsOf(c Config) (secrets, error) {
	named := strings.Contains(c.Secrets, "{name}") || strings.Contains(c.Secrets, "{NAME}")
	switch {
	case c.Secrets == "":
		return secrets{dir: filepath.Join(c.Dir, "keys")}, nil
	case named:
		return secrets{form: c.Secrets}, nil
	case !config.FromFile(c.Secrets):
		return secrets{}, fmt.Errorf("the secrets are said to be in %q for all names: put {name} or {NAME} where the name of each belongs", c.Secrets)
	}
	return secrets{dir: c.Secrets}, nil
}

// path returns the file of a secret in dir.
func (s secrets) path(name string) string {
	if name == "issuer" {
		return filepath.Join(s.dir, "issuer.pem")
	}
	return filepath.Join(s.dir, name+".key")
}

// read reads a secret by its name.
func (s secrets) read(ctx context.Context, name string) ([]byte, error) {
	source := strings.NewReplacer("{name}", name, "{NAME}", strings.ToUpper(name)).Replace(s.form)
	if s.form == "" {
		source = s.path(name)
	}
	text, err := config.ReadSecret(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", name, err)
	}
	return text, nil
}

// key reads a key of 32 bytes in hexadecimal.
func (s secrets) key(ctx context.Context, name string) ([]byte, error) {
	text, err := s.read(ctx, name)
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("read key %s: want 64 hexadecimal digits", name) // err would contain the key
	}
	return b, nil
}

// journal reads the key that signs a journal's checkpoints and derives the journal's other keys from it.
func (s secrets) journal(ctx context.Context, log string) (journal.Keys, error) {
	text, err := s.read(ctx, log)
	if err != nil {
		return journal.Keys{}, err
	}
	skey, _, _ := strings.Cut(string(text), "\n")
	k, err := journal.ReadKeys(strings.TrimSpace(skey))
	if err != nil {
		return journal.Keys{}, fmt.Errorf("read key of logs/%s: %w", log, err)
	}
	return k, nil
}

// publish writes the public key of a journal into the data directory. It returns an error if a different key is there.
func publish(dataDir, log, key string) error {
	path := publicKeyPath(filepath.Join(dataDir, "keys"), log)
	there, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return write(path, key+"\n", 0o644)
	case err != nil:
		return fmt.Errorf("read public key of logs/%s: %w", log, err)
	case strings.TrimSpace(string(there)) != key:
		return fmt.Errorf("the key of logs/%s is not the private key of %s: bring that one back", log, path)
	}
	return nil
}
