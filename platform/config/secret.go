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

// Secret is a setting that must not be seen: a password, a key, or a URL that may contain one. When it is printed,
// logged or marshalled it reads HIDDEN; a URL keeps its scheme, user, host and path. Offer a SecretFile as well and
// prefer it: neither the process list nor a crash report shows its content.
type Secret string

// Decode implements kong.MapperValue. It refuses the placeholder that --print-config shows in place of a secret. So
// that output, used as a file, is refused here by name and not at the first connection.
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

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Or returns the secret, given as a value or in the file. It returns an error if both are given, because only one can
// count.
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

// SecretFile is a setting that says where a secret is, in a form that [ReadSecret] reads: usually a file that
// Kubernetes mounts. The secret is read once, together with the settings, so that a missing one is refused by name. It
// prints as its source.
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

// Path returns the source, usually the name of a file; empty if none was given.
func (f SecretFile) Path() string { return f.path }

// Bytes returns a copy of the content without trailing line ends; nil if no source was given.
func (f SecretFile) Bytes() []byte { return bytes.Clone(f.content) }

// String returns the path only.
func (f SecretFile) String() string { return f.path }

// GoString returns the path only, for %#v.
func (f SecretFile) GoString() string { return f.path }

// MarshalText returns the path only, for encoders.
func (f SecretFile) MarshalText() ([]byte, error) { return []byte(f.path), nil }

// LogValue returns the path only, for slog.
func (f SecretFile) LogValue() slog.Value { return slog.StringValue(f.path) }
