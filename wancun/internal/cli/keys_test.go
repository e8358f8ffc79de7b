package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/wancun/wancun/proto/services"
)

func TestKeysAreMadeOnceAndNeverReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	made := strings.Fields(must(t, "keys", "--dir", dir).out)
	if len(made) != 9 { // a journal key and a page key for each of four services, and the key of personal data
		t.Errorf("made %q", made)
	}
	before := map[string]string{}
	for _, path := range made {
		before[path] = read(t, path)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	for _, service := range services.All() {
		signer, err := note.NewSigner(strings.TrimSpace(read(t, filepath.Join(dir, service, "journal.key"))))
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(strings.TrimSpace(read(t, filepath.Join(dir, service+".pub"))))
		if err != nil {
			t.Fatal(err)
		}
		if signer.Name() != "wancun/"+service || signer.KeyHash() != verifier.KeyHash() {
			t.Errorf("the keys of %s are %s and %s", service, signer.Name(), verifier.Name())
		}
	}
	if err := os.Remove(filepath.Join(dir, "org", "page.key")); err != nil {
		t.Fatal(err)
	}
	if again := must(t, "keys", "--dir", dir).out; again != filepath.Join(dir, "org", "page.key")+"\n" {
		t.Errorf("the second time it makes %q", again)
	}
	for path, text := range before {
		if strings.HasSuffix(path, "org/page.key") == (read(t, path) == text) {
			t.Errorf("%s: kept or replaced, whichever it should not", path)
		}
	}
}

func TestAKeyThatLiesElsewhereIsNotMadeAgain(t *testing.T) {
	dir := t.TempDir()
	must(t, "keys", "--dir", dir)
	public := read(t, filepath.Join(dir, "village.pub"))
	if err := os.RemoveAll(filepath.Join(dir, "village")); err != nil { // in this test the key is stored in a vault instead
		t.Fatal(err)
	}
	r := run(t, "keys", "--dir", dir)
	if r.code != 1 || !strings.Contains(r.note, "village.pub is there without village/journal.key") {
		t.Errorf("exit %d: %s", r.code, r.note)
	}
	if read(t, filepath.Join(dir, "village.pub")) != public {
		t.Error("the public key was replaced")
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
