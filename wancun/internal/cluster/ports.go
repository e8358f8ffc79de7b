package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// The range of ports to choose from. It lies below the range from which systems choose client ports, so that the ports
// of a restarted process are still free.
const (
	lowestPort  = 10000
	highestPort = 30000
	portTries   = 100
)

var errNoPort = errors.New("no free port was found")

// ports returns free loopback addresses, each only once.
type ports struct{ given map[int]bool }

func newPorts() *ports { return &ports{given: map[int]bool{}} }

func (p *ports) next(ctx context.Context) (string, error) {
	for range portTries {
		port := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // any port will do
		if p.given[port] {
			continue
		}
		address := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			continue
		}
		p.given[port] = true
		return address, l.Close()
	}
	return "", errNoPort
}
