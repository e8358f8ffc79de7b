package file_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/wancun/wancun/platform/file"
)

func TestAFileIsReplacedWholeAndNothingIsLeftBeside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	for _, content := range []string{"the first, which is longer", "the second"} {
		if err := file.Replace(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Errorf("it holds %q, %v, want %q", got, err, content)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("its mode is %v, %v", info, err)
	}
	mustHold(t, dir, "key.pem")
}

func TestWhatCannotBeReplacedStays(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := file.Replace(path, []byte("x"), 0o600); err == nil {
		t.Error("a folder that holds something was replaced by a file")
	}
	mustHold(t, dir, "folder")
	if err := file.Replace(filepath.Join(dir, "no", "such"), nil, 0o600); err == nil {
		t.Error("a file was written into a folder that is not there")
	}
}

// mustHold fails the test unless the folder holds exactly one entry, with this name.
func mustHold(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := fs.ReadDir(os.DirFS(dir), ".")
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("%s holds %v, %v, want %s alone", dir, entries, err, name)
	}
}
