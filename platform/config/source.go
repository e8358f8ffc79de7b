package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	// maxSecret is more than any key or certificate chain needs; a larger source is the wrong file.
	maxSecret = 1 << 20
	// commandLimit is how long a command may take to print a secret.
	commandLimit = 10 * time.Second
	// lastWords bounds how many bytes of a command's standard error an error repeats.
	lastWords = 200
)

const (
	fromEnvironment = "env:"
	fromCommand     = "exec:"
)

// FromFile reports whether a source of a secret is the path of a file.
func FromFile(source string) bool {
	return !strings.HasPrefix(source, fromEnvironment) && !strings.HasPrefix(source, fromCommand)
}

// ReadSecret reads a secret from its source: the path of a file, env:NAME for an environment variable, or exec:COMMAND
// ARGS for what a command prints within 10 s. Spaces separate the arguments, which cannot be quoted. It returns the
// secret without trailing line ends, and an error if it is empty. Errors do not contain the secret.
func ReadSecret(ctx context.Context, source string) ([]byte, error) {
	read := readFile
	if !FromFile(source) {
		read = readVariable
		if strings.HasPrefix(source, fromCommand) {
			read = readOutput
		}
	}
	content, err := read(ctx, source)
	if err != nil {
		return nil, err
	}
	if content = bytes.TrimRight(content, "\r\n"); len(content) == 0 {
		return nil, errors.New(source + " is empty")
	}
	return content, nil
}

func readFile(_ context.Context, path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSecret || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file of at most %d bytes", path, maxSecret)
	}
	return os.ReadFile(path) //nolint:gosec // the operator names it
}

func readVariable(_ context.Context, source string) ([]byte, error) {
	name := strings.TrimPrefix(source, fromEnvironment)
	text, ok := os.LookupEnv(name) //nolint:forbidigo // this is package config, by which the environment is read
	if !ok {
		return nil, fmt.Errorf("the variable %s is not set", name)
	}
	return []byte(text), nil
}

func readOutput(ctx context.Context, source string) ([]byte, error) {
	words := strings.Fields(strings.TrimPrefix(source, fromCommand))
	if len(words) == 0 {
		return nil, errors.New(source + " names no command")
	}
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	var out, said bounded
	c := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // the operator names it
	c.Stdout, c.Stderr, c.WaitDelay = &out, &said, time.Second
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s printed no secret within %v", words[0], commandLimit)
	case out.over:
		return nil, fmt.Errorf("%s printed more than %d bytes", words[0], maxSecret)
	case err != nil:
		text := strings.TrimSpace(said.text.String())
		return nil, fmt.Errorf("run %s: %w: %s", words[0], err, text[max(0, len(text)-lastWords):])
	}
	return out.text.Bytes(), nil
}

// bounded accepts as many bytes as a secret may have and refuses the rest. It has no ReadFrom, which io.Copy would call
// in place of Write.
type bounded struct {
	text bytes.Buffer
	over bool
}

// Write implements [io.Writer].
func (b *bounded) Write(p []byte) (int, error) {
	if b.over = b.over || b.text.Len()+len(p) > maxSecret; b.over {
		return 0, io.ErrShortWrite // the command ends at its next write
	}
	return b.text.Write(p)
}
