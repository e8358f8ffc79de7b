// Command gateway runs the suite's HTTP edge as a process of its own.
package main

import (
	"context"
	"net/http"
	"os"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/process"
)

// settings name the services; an empty target is refused.
type settings struct {
	process.EdgeSettings

	OrgTarget     string `default:"dns:///org:9090" help:"Where the replicas of org are."`
	VillageTarget string `default:"dns:///village:9090" help:"Where the replicas of village are."`
	ActionTarget  string `default:"dns:///action:9090" help:"Where the replicas of action are."`
	ReportTarget  string `default:"dns:///report:9090" help:"Where the replicas of report are."`
}

func main() { os.Exit(process.MainEdge(program())) }

func program() process.Edge[settings] {
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
	return gateway.New(ctx, gateway.Config{}, gateway.Deps{
		Org: conns["org"], Village: conns["village"], Action: conns["action"], Report: conns["report"],
		Ready: p.Ready, Logger: p.Logger,
	})
}
