package cli

import (
	"context"

	"github.com/wancun/wancun/platform/process"
)

type versionCommand struct{}

// Run prints the version and the source revision of the build.
func (versionCommand) Run(_ context.Context, t *terminal) error {
	t.printf("%s\n", process.VersionLine("wancun"))
	return nil
}
