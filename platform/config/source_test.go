package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wancun/wancun/platform/config"
)

// script writes an executable shell script with this text and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestASecretIsReadFromAFileAVariableOrACommand(t *testing.T) {
	const secret = "5f5f s3cret"
	t.Setenv("THE_SECRET", secret+"\n")
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(secret+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{file, "env:THE_SECRET", "exec:" + script(t, `echo "5f5f $1"`) + " s3cret"} {
		got, err := config.ReadSecret(t.Context(), source)
		if err != nil || string(got) != secret {
			t.Errorf("%s: %q, %v", source, got, err)
		}
		var settings struct{ PageKeyFile config.SecretFile }
		_, err = config.Parse(config.Program{Name: "toy", Args: []string{"--page-key-file", source}}, &settings)
		if err != nil || string(settings.PageKeyFile.Bytes()) != secret || settings.PageKeyFile.Path() != source {
			t.Errorf("--page-key-file %s: %q, %v", source, settings.PageKeyFile.Bytes(), err)
		}
	}
}

func TestASourceWithoutASecretIsRefusedWithTheReason(t *testing.T) {
	t.Setenv("EMPTY", "\n")
	for source, want := range map[string]string{
		"env:NOT_SET_ANYWHERE": "the variable NOT_SET_ANYWHERE is not set",
		"env:EMPTY":            "env:EMPTY is empty",
		"exec:":                "exec: names no command",
		"exec:/nowhere/vault":  "/nowhere/vault",
		"exec:" + script(t, `echo "the vault is sealed" >&2; echo s3cret; exit 3`): "exit status 3: the vault is sealed",
		"exec:" + script(t, `exit 0`):                    "is empty",
		"exec:" + script(t, `head -c 2000000 /dev/zero`): "more than 1048576 bytes",
		t.TempDir():                        "is not a file",
		filepath.Join(t.TempDir(), "none"): "no such file",
	} {
		got, err := config.ReadSecret(t.Context(), source)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %d bytes, %v; want %s", source, len(got), err, want)
		}
	}
}
