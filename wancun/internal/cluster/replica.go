package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// replica is one process of the suite, which may be started several times.
type replica struct {
	cluster *Cluster
	index   int // in the state
	child   *child
}

// again is the pause before a process that ended is started again.
const again = 200 * time.Millisecond

// start starts the process and notes its id.
func (r *replica) start() error {
	c := r.cluster
	started, err := c.nursery.start(c.program(c.state.Processes[r.index]))
	if err != nil {
		return err
	}
	r.child = started
	return r.note(started.pid())
}

func (r *replica) note(pid int) error {
	c := r.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Processes[r.index].PID = pid
	if c.state.Gateway == "" {
		return nil // still starting: nobody looks yet
	}
	return c.state.write(c.layout)
}

// watch reports each end of the process until ctx ends, and starts it again if that was asked for.
func (r *replica) watch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.child.ended:
		}
		c := r.cluster
		c.note("%s ended (%v), see %s", r.child.name, r.child.cmd.ProcessState, r.child.log)
		if err := r.note(0); err != nil {
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
		if err := r.start(); err != nil {
			return err
		}
		c.note("%s runs again as %d", r.child.name, r.child.pid())
	}
}

// stopReplicas stops the suite, and takes back what was said of it.
func (c *Cluster) stopReplicas() error {
	var running []*child
	for _, r := range c.replicas {
		running = append(running, r.child)
	}
	err := stop(running...)
	if gone := os.Remove(c.layout.state()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("forget the cluster's state: %w", gone))
	}
	return err
}
