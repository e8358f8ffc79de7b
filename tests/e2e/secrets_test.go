package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// secretNames are the names of a suite's private keys.
var secretNames = append(services.All(), "page", "personal", "issuer")

// vault starts a suite that makes its keys in the directory keys, outside its data. It copies each key into a file of
// dir with the key's name, and into an environment variable.
func vault(t *testing.T) (dir, keys string) {
	t.Helper()
	dir, keys = t.TempDir(), filepath.Join(t.TempDir(), "keys")
	s := suite.Up(t, suite.Options{Secrets: keys, Keys: keys})
	s.Stop(t)
	holdsNoSecret(t, s.Dir)
	for _, name := range secretNames {
		file := filepath.Join(keys, name+".key")
		if name == "issuer" {
			file = filepath.Join(keys, "issuer.pem")
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("THE_KEY_"+strings.ToUpper(name), string(text))
	}
	return dir, keys
}

// holdsNoSecret fails the test unless the keys in a data directory are all public.
func holdsNoSecret(t *testing.T, dir string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if !strings.HasSuffix(f.Name(), ".pub") {
			t.Errorf("the data directory holds %s", f.Name())
		}
	}
	if len(all) != 4 {
		t.Errorf("%d public keys, want 4", len(all))
	}
}

func TestASuiteWhoseKeysAreElsewhereWritesNoneIntoItsDataDirectory(t *testing.T) {
	dir, keys := vault(t)
	for way, secrets := range map[string]string{
		"files": filepath.Join(dir, "{name}"), "the environment": "env:THE_KEY_{NAME}", "a command": "exec:cat " + filepath.Join(dir, "{name}"),
	} {
		t.Run("from "+way, func(t *testing.T) {
			s := suite.Up(t, suite.Options{Secrets: secrets, Keys: keys})
			world.Build(t, s)
			s.Stop(t)
			s = s.Again(t)
			world.Record(t, s, "office", "again", world.Operations(world.Village, 1))
			s.Stop(t)
			holdsNoSecret(t, s.Dir)
			verify := append([]string{"verify"}, s.Flags()...)
			const unsealed = "without their MACs"
			if out := suite.MustRun(t, verify...); !strings.Contains(out, unsealed) {
				t.Errorf("without the keys it is not said that the MACs are not checked:\n%s", out)
			}
			if out := suite.MustRun(t, append(verify, "--secrets", secrets)...); strings.Contains(out, unsealed) {
				t.Errorf("with the keys the MACs are not checked:\n%s", out)
			}
			token := suite.MustRun(t, "token", "--data", s.Dir, "--secrets", secrets, "--role", "leader")
			if strings.Count(token, ".") != 2 {
				t.Errorf("the token is %q", token)
			}
			for wrong, want := range map[string]string{
				"env:NOT_THERE_{NAME}": "the variable NOT_THERE_", "exec:false {name}": "run false", "env:THE_KEY_ORG": "put {name} or {NAME}",
				t.TempDir(): "is missing; bring it back from the backup",
			} {
				r := suite.Run(t, "up", "--data", s.Dir, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--secrets", wrong)
				if r.Code != 1 || !strings.Contains(r.Err, want) {
					t.Errorf("--secrets %s: exit code %d, %q; want %s", wrong, r.Code, r.Err, want)
				}
			}
		})
	}
}

func TestASuiteRefusesKeysThatAreNotThoseOfItsData(t *testing.T) {
	_, keys := vault(t)
	s := suite.Up(t, suite.Options{})
	s.Stop(t)
	r := suite.Run(t, "up", "--data", s.Dir, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--secrets", keys)
	if r.Code != 1 || !strings.Contains(r.Err, "is not the private key of") {
		t.Errorf("exit code %d: %s", r.Code, r.Err)
	}
}
