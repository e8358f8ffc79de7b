package cluster

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/wancun/wancun/platform/file"
)

// State is the state of a running cluster, stored as cluster.json in its directory for scripts and tests.
type State struct {
	// Issuer is the URL of the token issuer.
	Issuer string `json:"issuer"`
	// Gateway is the URL of the REST gateway.
	Gateway string `json:"gateway"`
	// Postgres and Redis are the servers' URLs, with their passwords.
	Postgres string `json:"postgres"`
	Redis    string `json:"redis"`
	// Processes are the processes of the suite.
	Processes []Process `json:"processes"`
}

// Process is one replica of a part of the suite.
type Process struct {
	// Name is for example org-1, and Part then is org.
	Name string `json:"name"`
	Part string `json:"part"`
	// PID is the current process id, which changes with each restart. 0: the process does not run.
	PID int `json:"pid"`
	// Address serves gRPC, or REST for the gateway; Ops is the address of the ops port.
	Address string `json:"address"`
	Ops     string `json:"ops"`
}

// ReadState reads the state of the cluster in a directory.
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
