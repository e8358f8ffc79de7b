package cluster

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/wancun/wancun/platform/file"
)

// State is what is known of a running cluster, kept as cluster.json in its directory for scripts and tests.
type State struct {
	// Issuer is the URL of the issuer of tokens.
	Issuer string `json:"issuer"`
	// Gateway is the URL of REST.
	Gateway string `json:"gateway"`
	// Postgres and Redis are the servers' URLs, with the password.
	Postgres string `json:"postgres"`
	Redis    string `json:"redis"`
	// Processes are those of the suite.
	Processes []Process `json:"processes"`
}

// Process is one replica.
type Process struct {
	// Name is org-1, and Part org.
	Name string `json:"name"`
	Part string `json:"part"`
	// PID changes when the process is started again, and is 0 while it does not run.
	PID int `json:"pid"`
	// Address answers gRPC, or HTTP at the gateway, and Ops is the ops port.
	Address string `json:"address"`
	Ops     string `json:"ops"`
}

// ReadState reads what is known of the cluster in a directory.
func ReadState(dir string) (State, error) {
	text, err := os.ReadFile(layout{dir}.state())
	if err != nil {
		return State{}, fmt.Errorf("no cluster runs in %s: %w", dir, err)
	}
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, fmt.Errorf("read %s: %w", layout{dir}.state(), err)
	}
	return s, nil
}

func (s State) write(l layout) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write the cluster's state: %w", err)
	}
	if err := file.Replace(l.state(), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the cluster's state: %w", err)
	}
	return nil
}
