package cluster

import (
	"bytes"
	"os"
	"path/filepath"
)

// layout returns the paths of the files in the cluster's directory.
type layout struct{ dir string }

func (l layout) program(part string) string { return filepath.Join(l.dir, "programs", part) }
func (l layout) keys(name string) string    { return filepath.Join(l.dir, "keys", name) }
func (l layout) tls(name string) string     { return filepath.Join(l.dir, "tls", name) }
func (l layout) log(name string) string     { return filepath.Join(l.dir, "log", name+".log") }
func (l layout) postgres() string           { return filepath.Join(l.dir, "postgres") }
func (l layout) redis() string              { return filepath.Join(l.dir, "redis") }
func (l layout) state() string              { return filepath.Join(l.dir, "cluster.json") }

// lastLines returns the last lines of a log.
func lastLines(path string) string {
	const enough = 2 << 10
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if len(text) > enough {
		text = text[len(text)-enough:]
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return string(text)
}
