package cli

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/wancun/wancun/wancun/internal/suite"
)

// keptFlags choose where the checkpoints of a data directory are kept, apart from its data.
type keptFlags struct {
	Checkpoints string `help:"Directory apart from the data for the newest checkpoint of each journal, which is compared with the journal at the next start and by verify; none: nowhere. Default: one in the user's state directory." placeholder:"DIR"`
	StateHome   string `hidden:"" env:"XDG_STATE_HOME" help:"The user's state directory."`
}

// apply copies the flags into a configuration.
func (k keptFlags) apply(c *suite.Config) {
	switch k.Checkpoints {
	case "none":
		return
	case "":
		if state := k.stateHome(); state != "" {
			c.StateDir = filepath.Join(state, "wancun")
		}
	default:
		c.Checkpoints = k.Checkpoints
	}
}

// stateHome returns the directory for programs' state according to the XDG base directory specification; "" for a user
// without a home directory.
func (k keptFlags) stateHome() string {
	if filepath.IsAbs(k.StateHome) {
		return k.StateHome
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return ""
	}
	return filepath.Join(home, ".local", "state")
}

// keptLines describes where checkpoints are kept, and of which journals none had been kept before.
func keptLines(k suite.KeptCheckpoints) string {
	var b strings.Builder
	switch {
	case k.Obstacle != nil:
		b.WriteString("  No checkpoints are kept: " + k.Obstacle.Error() + "; --checkpoints names another directory.\n")
	case k.Dir == "":
		b.WriteString("  No checkpoints are kept apart from the data.\n")
	default:
		b.WriteString("  Checkpoints are kept in " + k.Dir + "\n")
	}
	if len(k.Unknown) > 0 {
		b.WriteString("  None was kept of " + strings.Join(k.Unknown, ", ") +
			" before: entries removed from the end of these journals would not have been noticed.\n")
	}
	return b.String()
}
