package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// kept is a watched process. If Config.Restart is set, it is restarted whenever it ends by itself.
type kept struct {
	cluster *Cluster
	program program
	// noted is called with the process id after each start, and with 0 after each end.
	noted func(pid int) error
	child *child
}

// keep starts a process and adds it to the watched ones.
func (c *Cluster) keep(p program, noted func(pid int) error) (*kept, error) {
	k := &kept{cluster: c, program: p, noted: noted}
	if err := k.start(); err != nil {
		return nil, err
	}
	c.kept = append(c.kept, k)
	return k, nil
}

func (k *kept) start() error {
	started, err := k.cluster.nursery.start(k.program)
	if err != nil {
		return err
	}
	k.child = started
	return k.noted(started.pid())
}

// again is the pause before a restart.
const again = 200 * time.Millisecond

// watch reports each end of the process until ctx ends, and restarts it if Config.Restart is set.
func (k *kept) watch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.child.ended:
		}
		c := k.cluster
		c.note("%s ended (%v), see %s", k.child.name, k.child.cmd.ProcessState, k.child.log)
		if err := k.noted(0); err != nil {
			return err
		}
		if !c.config.Restart {
			return nil
		}
		pause := time.NewTimer(again)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil
		case <-pause.C:
		}
		if err := k.start(); err != nil {
			return err
		}
		c.note("%s runs again as %d", k.child.name, k.child.pid())
	}
}

// startServer starts a server that is not part of the suite. Close stops it after the suite.
func (c *Cluster) startServer(p program) (*child, error) {
	p.log = c.layout.log(p.name)
	server, err := c.keep(p, func(int) error { return nil })
	if err != nil {
		return nil, err
	}
	c.onClose(func() error { return stop(server.child) })
	return server.child, nil
}

// startReplica starts the process with this index in the state, and stores its process id there.
func (c *Cluster) startReplica(index int) (*kept, error) {
	return c.keep(c.process(c.state.Processes[index]), func(pid int) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.state.Processes[index].PID = pid
		if c.state.Gateway == "" {
			return nil // still starting: the state file is written later
		}
		return c.state.write(c.layout)
	})
}

// stopReplicas stops the suite and removes the state file.
func (c *Cluster) stopReplicas(replicas []*kept) error {
	running := make([]*child, len(replicas))
	for i, r := range replicas {
		running[i] = r.child
	}
	err := stop(running...)
	if gone := os.Remove(c.layout.state()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("forget the cluster's state: %w", gone))
	}
	return err
}
