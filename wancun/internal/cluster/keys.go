package cluster

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/file"
	"github.com/wancun/wancun/platform/journal"
)

// makeKeys makes the missing secret files of the processes. They are stored unencrypted in one directory, unlike in a
// deployment.
func makeKeys(dir string, random io.Reader) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	for _, name := range []string{"page.key", "personal.key", "postgres.password"} {
		if err := keep(filepath.Join(dir, name), func() (string, error) { return randomHex(random, 32) }); err != nil {
			return fmt.Errorf("make keys: %w", err)
		}
	}
	for _, service := range services.All() {
		if err := makeSigner(dir, service, random); err != nil {
			return fmt.Errorf("make key of logs/%s: %w", service, err)
		}
	}
	return nil
}

// makeSigner makes the key that signs a journal's checkpoints, and the file of its public key.
func makeSigner(dir, log string, random io.Reader) error {
	return keep(filepath.Join(dir, log+".key"), func() (string, error) {
		secret, public, err := journal.GenerateKey("wancun/"+log, random)
		if err != nil {
			return "", err
		}
		return secret, file.Replace(filepath.Join(dir, log+".pub"), []byte(public+"\n"), 0o644)
	})
}

// keep writes the result of generate to a file, unless the file exists.
func keep(path string, generate func() (string, error)) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := generate()
	if err != nil {
		return err
	}
	return file.Replace(path, []byte(text+"\n"), 0o600)
}

func randomHex(random io.Reader, bytes int) (string, error) {
	b := make([]byte, bytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}
