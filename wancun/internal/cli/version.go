package cli

import (
	"context"
	"runtime/debug"
)

// version is set when a release is built.
var version = "dev"

type versionCommand struct{}

// Run prints the version and what it was built from.
func (versionCommand) Run(_ context.Context, t *terminal) error {
	t.printf("wancun %s", version)
	if info, ok := debug.ReadBuildInfo(); ok {
		t.printf(" %s", info.GoVersion)
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				t.printf(" %s", s.Value)
			}
		}
	}
	t.printf("\n")
	return nil
}
