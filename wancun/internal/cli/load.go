package cli

import (
	"context"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/wancun/internal/sheet"
)

type loadCommand struct {
	remote

	Token       string   `help:"Token to load with; see wancun token." env:"WANCUN_TOKEN" placeholder:"TOKEN"`
	DryRun      bool     `help:"Check everything and write nothing."`
	Campaign    string   `help:"Campaign of deliveries and statements whose file has no such column." placeholder:"ID"`
	Edition     string   `help:"Edition of divisions by its reference date, for example 2020-06-30." placeholder:"DATE"`
	Complete    bool     `help:"The divisions are complete: what the file does not hold is retired."`
	AsOf        string   `help:"Day that statements speak of, where the file does not say." placeholder:"DATE"`
	Acknowledge []string `help:"Codes of questions about the rows that are answered with yes, separated by commas." placeholder:"CODE"`
	Source      string   `help:"Document that states the statements, where the file does not say." placeholder:"TEXT"`
	Files       []string `arg:"" name:"file" help:"CSV files; the header says what a file holds."`
}

// Help is the long text of wancun load --help.
func (loadCommand) Help() string {
	return "Each file is loaded whole or not at all, and by itself: one that is refused does not keep the others from being " +
		"loaded, except those that build on what it holds. Every bad row is named with file, line, column and reason. A file " +
		"that is loaded twice changes nothing. Rows that are allowed and not plausible, or that look like a row recorded before, are " +
		"questions, each with a code; --acknowledge answers them for all rows. Divisions need --edition; deliveries need --campaign, and statements --campaign, " +
		"--as-of and --source, unless columns of the file say it. docs/files.md describes the six kinds of files, their columns " +
		"and what may stand in them."
}

// Run loads the files in order.
func (c *loadCommand) Run(ctx context.Context, t *terminal) error {
	defaults, err := c.defaults()
	if err != nil {
		return err
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	bar := newProgress(t)
	defer bar.end()
	l := &loading{terminal: t, conn: conn, token: c.Token, defaults: defaults, bar: bar}
	return l.all(ctx, c.Files)
}

// defaults converts the flags, and reports invalid ones before any file is read.
func (c *loadCommand) defaults() (sheet.Defaults, error) {
	d := sheet.Defaults{
		Campaign: c.Campaign, Edition: c.Edition, Complete: c.Complete, Source: c.Source, Acknowledge: c.Acknowledge, ValidateOnly: c.DryRun,
	}
	if c.Campaign != "" {
		name := "campaigns/" + strings.TrimPrefix(c.Campaign, "campaigns/")
		if protovalidate.Validate(&actionv1.GetCampaignRequest{Name: name}) != nil {
			return d, fmt.Errorf("--campaign: %q is not the id of a campaign, which is small letters, digits and hyphens after a small letter", c.Campaign)
		}
	}
	if c.Edition != "" {
		if _, err := sheet.Day(c.Edition); err != nil {
			return d, fmt.Errorf("--edition: %w", err)
		}
	}
	if c.AsOf != "" {
		var err error
		if d.AsOf, err = sheet.Day(c.AsOf); err != nil {
			return d, fmt.Errorf("--as-of: %w", err)
		}
	}
	return d, nil
}

// outcome counts the rows that a load changed, by the kind of change.
type outcome struct{ created, updated, unchanged, retired int32 }

func (o outcome) sentence(dryRun bool) string {
	if o.created+o.updated+o.retired == 0 {
		return fmt.Sprintf("nothing changed, all %d are there already", o.unchanged)
	}
	text := fmt.Sprintf("%d created, %d unchanged", o.created, o.unchanged)
	if o.updated+o.retired > 0 {
		text = fmt.Sprintf("%d created, %d updated, %d retired, %d unchanged", o.created, o.updated, o.retired, o.unchanged)
	}
	if dryRun {
		return "would be " + text + "; nothing was written"
	}
	return text
}

// send calls the RPC for the type of the request. It calls report with the number of rows that were sent, then of those
// that were checked, and of those that were written, if the RPC reports them.
func send(ctx context.Context, conn grpc.ClientConnInterface, request proto.Message, report func(done int)) (outcome, error) {
	var answer interface {
		GetCreatedCount() int32
		GetUnchangedCount() int32
	}
	var err error
	switch r := request.(type) {
	case *villagev1.ImportDivisionsRequest:
		imported, err := villagev1.NewDivisionServiceClient(conn).ImportDivisions(ctx, r)
		return outcome{imported.GetCreatedCount(), imported.GetUpdatedCount(), imported.GetUnchangedCount(), imported.GetRetiredCount()}, err
	case *villagev1.BatchCreateVillagesRequest:
		answer, err = villagev1.NewVillageServiceClient(conn).BatchCreateVillages(ctx, r)
	case *villagev1.ImportNeedsRequest:
		stream, err := villagev1.NewNeedServiceClient(conn).ImportNeeds(ctx)
		if err != nil {
			return outcome{}, err
		}
		return imported(stream, r, report)
	case *orgv1.ImportOrganizationsRequest:
		stream, err := orgv1.NewOrganizationServiceClient(conn).ImportOrganizations(ctx)
		if err != nil {
			return outcome{}, err
		}
		return imported(stream, r, report)
	case *actionv1.BatchCreateDeliveriesRequest:
		answer, err = actionv1.NewDeliveryServiceClient(conn).BatchCreateDeliveries(ctx, r)
	case *reportv1.BatchCreateStatementsRequest:
		answer, err = reportv1.NewStatementServiceClient(conn).BatchCreateStatements(ctx, r)
	default:
		return outcome{}, fmt.Errorf("there is no RPC for %T", request)
	}
	if err != nil {
		return outcome{}, err
	}
	return outcome{created: answer.GetCreatedCount(), unchanged: answer.GetUnchangedCount()}, nil
}
