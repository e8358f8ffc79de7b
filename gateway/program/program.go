package program

import (
	"context"
	"net/http"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/process"
)

// settings contain the targets of the services. An empty target is refused.
type settings struct {
	process.EdgeSettings

	OrgTarget     string `default:"dns:///org:9090" help:"Where the replicas of org are."`
	VillageTarget string `default:"dns:///village:9090" help:"Where the replicas of village are."`
	ActionTarget  string `default:"dns:///action:9090" help:"Where the replicas of action are."`
	ReportTarget  string `default:"dns:///report:9090" help:"Where the replicas of report are."`
}

// Main runs the gateway with the command line of this process until the process receives a stop signal, and returns the
// exit code.
func Main() int { return process.MainEdge(edge()) }

// Run runs the gateway as the call specifies until ctx ends, and returns the exit code.
func Run(ctx context.Context, call process.Call) int { return process.RunEdge(ctx, edge(), call) }

func edge() process.Edge[settings] {
	return process.Edge[settings]{
		Name: "gateway", Description: "REST for every RPC of the suite, and its documentation.", Open: open,
	}
}

func open(ctx context.Context, c *settings, p *process.Process) (http.Handler, error) {
	conns := map[string]grpc.ClientConnInterface{}
	for name, target := range map[string]string{
		"org": c.OrgTarget, "village": c.VillageTarget, "action": c.ActionTarget, "report": c.ReportTarget,
	} {
		var err error
		if conns[name], err = p.Peer(name, target); err != nil {
			return nil, err
		}
	}
	verifier, err := c.Verifier(p.Clock)
	if err != nil {
		return nil, err
	}
	return gateway.New(ctx, gateway.Config{AllowedHosts: c.AllowedHosts}, gateway.Deps{
		Org: conns["org"], Village: conns["village"], Action: conns["action"], Report: conns["report"],
		Verifier: verifier, Memory: p.Memory, Ready: p.Ready, Logger: p.Logger, Draining: p.Draining(),
	})
}
