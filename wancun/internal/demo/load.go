package demo

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	"github.com/wancun/wancun/wancun/internal/scenario"
)

// Load plays the demonstration.
//
// The statements are loaded last, so a suite that has statements has the whole demonstration, and Load does nothing.
// After an interruption, call Load again: as long as the suite remembers the request ids, nothing is written twice.
func Load(ctx context.Context, player scenario.Player) error {
	page, err := reportv1.NewStatementServiceClient(player.Conn).ListStatements(ctx, &reportv1.ListStatementsRequest{
		Parent: "campaigns/" + CampaignID, PageSize: 1,
	})
	if err != nil && status.Code(err) != codes.NotFound {
		return fmt.Errorf("look for the demonstration: %w", err)
	}
	if len(page.GetStatements()) > 0 {
		return nil
	}
	lines, err := Scenario()
	if err != nil {
		return err
	}
	if err := player.Play(ctx, lines); err != nil {
		return fmt.Errorf("load the demonstration: %w", err)
	}
	return nil
}
