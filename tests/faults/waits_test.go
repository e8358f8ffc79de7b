package faults

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

func TestCallersThatAskForPositionsThatDoNotExistKeepNoCallerWaiting(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	admin := s.As(t, "admin", world.Admin())
	written := world.Positions(admin, t, s)
	bulletin := suite.Request{Verb: http.MethodGet, Path: "/v1/" + world.Campaign + "/bulletin", Query: url.Values{"atLeast": {"logs/action:1000000000"}}}

	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			answer := s.Do(t, bulletin)
			if p := answer.Problem(t); answer.Status != http.StatusBadRequest || p.Reason != "BEYOND_LOG" || len(p.Errors) != 1 ||
				p.Errors[0].Parameter != "atLeast[0]" {
				t.Errorf("REST: %d %s, want 400 BEYOND_LOG at atLeast[0]", answer.Status, answer.Body)
			}
		})
	}
	all.Go(func() {
		_, err := reportv1.NewBulletinServiceClient(s.Conn).GetBulletin(t.Context(),
			&reportv1.GetBulletinRequest{Name: world.Campaign + "/bulletin", AtLeast: []string{"logs/action:1000000000"}})
		if status.Code(err) != codes.OutOfRange {
			t.Errorf("gRPC: %v, want OUT_OF_RANGE", err)
		}
	})
	_, err := reportv1.NewBulletinServiceClient(s.Conn).GetBulletin(admin,
		&reportv1.GetBulletinRequest{Name: world.Campaign + "/bulletin", AtLeast: written})
	if err != nil {
		t.Errorf("a caller that waits for what it wrote: %v", err)
	}
	all.Wait()
}
