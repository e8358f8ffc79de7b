package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/journal"
)

type keysCommand struct {
	Dir string `help:"Directory for the keys (${default})." default:"./keys" type:"path" placeholder:"DIR"`
}

// Help is the long text of wancun keys --help.
func (keysCommand) Help() string {
	return "For the processes of a cluster, once, to be put into a vault and then removed: for each service " +
		"SERVICE/journal.key, which signs its journal, and SERVICE/page.key, for org also personal.key. SERVICE.pub is the " +
		"public key of the journal and may be given to anybody. A key that is there is kept and never replaced. wancun up " +
		"needs none of this, it makes its own."
}

// Run makes the missing keys.
func (c *keysCommand) Run(_ context.Context, t *terminal) error {
	for _, service := range services.All() {
		if err := os.MkdirAll(filepath.Join(c.Dir, service), 0o700); err != nil {
			return fmt.Errorf("make keys: %w", err)
		}
		if err := c.makeSigner(t, service); err != nil {
			return fmt.Errorf("make the key of logs/%s: %w", service, err)
		}
		if err := c.makeSecret(t, filepath.Join(service, "page.key")); err != nil {
			return fmt.Errorf("make keys: %w", err)
		}
	}
	if err := c.makeSecret(t, filepath.Join("org", "personal.key")); err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	return nil
}

// makeSigner writes the public key before the private key, so that no private key exists without its public key. If
// only the public key exists, makeSigner makes no new pair: the journal's private key is stored elsewhere, and a new
// pair would be mistaken for that journal's keys.
func (c *keysCommand) makeSigner(t *terminal, service string) error {
	private := filepath.Join(service, "journal.key")
	if _, err := os.Stat(filepath.Join(c.Dir, private)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	secret, public, err := journal.GenerateKey("wancun/"+service, rand.Reader)
	if err != nil {
		return err
	}
	err = create(filepath.Join(c.Dir, service+".pub"), public, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there without %s: bring that back, or name another --dir", service+".pub", private)
	}
	if err != nil {
		return err
	}
	return c.write(t, private, secret)
}

func (c *keysCommand) makeSecret(t *terminal, name string) error {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	return c.write(t, name, hex.EncodeToString(key))
}

// write writes a key, unless its file exists.
func (c *keysCommand) write(t *terminal, name, text string) error {
	path := filepath.Join(c.Dir, name)
	err := create(path, text, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	t.printf("%s\n", path)
	return nil
}

// create writes a new file and fails if it exists.
func create(path, text string, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}
