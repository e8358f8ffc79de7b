package config

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
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

// SecretFile is a setting that says where a secret is, in a form that [ReadSecret] reads: mostly a file, as mounted by
// Kubernetes. The secret is read once, while the settings are read, so that a missing one is refused by name. It prints as
// its source.
type SecretFile struct {
	path    string
	content []byte
}

// Decode implements kong.MapperValue.
func (f *SecretFile) Decode(ctx *kong.DecodeContext) error {
	var source string
	if err := ctx.Scan.PopValueInto("file", &source); err != nil {
		return err
	}
	if source == "" {
		*f = SecretFile{}
		return nil
	}
	content, err := ReadSecret(context.Background(), source)
	if err != nil {
		return err
	}
	*f = SecretFile{path: source, content: content}
	return nil
}

// Read reads the secret again from its source.
func (f SecretFile) Read(ctx context.Context) ([]byte, error) { return ReadSecret(ctx, f.path) }

// Path is the source, mostly the name of a file; empty if none was given.
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
