package config

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

const hidden = "HIDDEN"

// Secret is a setting that must not be seen: a password, a key, or a URL that may contain one. Printed, logged or
// marshalled it reads HIDDEN, a URL keeps scheme, user, host and path. Prefer a SecretFile beside it, which neither the
// process list nor a crash report shows.
type Secret string

// Decode implements kong.MapperValue. It refuses what --print-config shows in place of a secret, so that its output,
// used as a file, fails here by name instead of at the first connection.
func (s *Secret) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("secret", &text); err != nil {
		return err
	}
	if text == hidden || strings.Contains(text, ":"+hidden+"@") {
		return fmt.Errorf("holds the placeholder %s, not the secret", hidden)
	}
	*s = Secret(text)
	return nil
}

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Or is the secret, given as itself or in the file; given both ways it is refused, since nobody could tell which counts.
func (s Secret) Or(f SecretFile) (Secret, error) {
	switch {
	case s != "" && f.path != "":
		return "", fmt.Errorf("a secret is given both as a value and in the file %s", f.path)
	case f.path != "":
		return Secret(f.content), nil
	}
	return s, nil
}

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(string(s))
	if err != nil || !strings.Contains(string(s), "://") {
		return hidden
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), hidden)
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// maxSecretFile is more than any key or certificate chain needs; what is larger is the wrong file.
const maxSecretFile = 1 << 20

// SecretFile is a setting that names a file with a secret in it, as mounted by Kubernetes. The file is read once, while
// the settings are read, so that a missing one is refused by name. It prints as its path.
type SecretFile struct {
	path    string
	content []byte
}

// Decode implements kong.MapperValue.
func (f *SecretFile) Decode(ctx *kong.DecodeContext) error {
	var path string
	if err := ctx.Scan.PopValueInto("file", &path); err != nil {
		return err
	}
	if path == "" {
		*f = SecretFile{}
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > maxSecretFile || !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file of at most %d bytes", path, maxSecretFile)
	}
	content, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	if content = bytes.TrimRight(content, "\r\n"); len(content) == 0 {
		return errors.New(path + " is empty")
	}
	*f = SecretFile{path: path, content: content}
	return nil
}

// Path is the name of the file, empty if none was given.
func (f SecretFile) Path() string { return f.path }

// Bytes is a copy of the file's content without line ends at its end; nil if no file was given.
func (f SecretFile) Bytes() []byte { return bytes.Clone(f.content) }

// String shows the path only.
func (f SecretFile) String() string { return f.path }

// GoString shows %#v the path only.
func (f SecretFile) GoString() string { return f.path }

// MarshalText shows encoders the path only.
func (f SecretFile) MarshalText() ([]byte, error) { return []byte(f.path), nil }

// LogValue shows slog the path only.
func (f SecretFile) LogValue() slog.Value { return slog.StringValue(f.path) }
