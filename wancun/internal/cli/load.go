package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/wancun/internal/sheet"
)

// loadTimeout ends the load of one file.
const loadTimeout = 5 * time.Minute

type loadCommand struct {
	remote

	Token    string   `help:"Token to load with; see wancun token." env:"WANCUN_TOKEN" placeholder:"TOKEN"`
	DryRun   bool     `help:"Check everything and write nothing."`
	Campaign string   `help:"Campaign of deliveries and statements whose file has no such column." placeholder:"ID"`
	Edition  string   `help:"Edition of divisions by its reference date, for example 2020-06-30." placeholder:"DATE"`
	Complete bool     `help:"The divisions are complete: what the file does not hold is retired."`
	AsOf     string   `help:"Day that statements speak of, where the file does not say." placeholder:"DATE"`
	Source   string   `help:"Document that states the statements, where the file does not say." placeholder:"TEXT"`
	Files    []string `arg:"" name:"file" help:"CSV files; the header tells what a file holds."`
}

// Run loads the files in order and stops at the first that is refused. Each is loaded whole or not at all.
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
	for i, file := range c.Files {
		bar.report(i, len(c.Files), file)
		s, done, err := c.load(ctx, conn, file, defaults)
		bar.clear()
		if err != nil {
			return refused(t, err)
		}
		t.printf("%s: %d %s: %s\n", file, s.Rows(), s.Kind(), done.sentence(c.DryRun))
	}
	return nil
}

func (c *loadCommand) defaults() (sheet.Defaults, error) {
	d := sheet.Defaults{
		Campaign: c.Campaign, Edition: c.Edition, Complete: c.Complete, Source: c.Source, ValidateOnly: c.DryRun,
	}
	if c.AsOf != "" {
		at, err := time.Parse(time.DateOnly, c.AsOf)
		if err != nil {
			return d, fmt.Errorf("--as-of: %q is not a date such as 2019-12-20", c.AsOf)
		}
		d.AsOf = &date.Date{Year: int32(at.Year()), Month: int32(at.Month()), Day: int32(at.Day())} //nolint:gosec // a year of four digits
	}
	return d, nil
}

func (c *loadCommand) load(ctx context.Context, conn grpc.ClientConnInterface, file string, d sheet.Defaults) (*sheet.Sheet, outcome, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, outcome{}, fmt.Errorf("load: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	s, err := sheet.Read(file, f)
	if err != nil {
		return nil, outcome{}, err
	}
	ctx, cancel := context.WithTimeout(withToken(ctx, c.Token), loadTimeout)
	defer cancel()
	request, err := s.Request(d)
	var problems sheet.Problems
	if errors.As(err, &problems) {
		return nil, outcome{}, withService(ctx, conn, s, d, problems)
	}
	if err != nil {
		return nil, outcome{}, err
	}
	// A request id of its own for each run: repeated within the run it is answered the same, while the next run is a new
	// request and is told that nothing changed.
	if id := request.ProtoReflect().Descriptor().Fields().ByName("request_id"); id != nil {
		request.ProtoReflect().Set(id, protoreflect.ValueOfString(uuid.NewString()))
	}
	done, err := send(ctx, conn, request)
	return s, done, placed(s, err)
}

// withService adds to the problems found here what only the service can say of the other rows, so that the file can be
// mended in one go. A service that cannot be asked adds nothing.
func withService(ctx context.Context, conn grpc.ClientConnInterface, s *sheet.Sheet, d sheet.Defaults, problems sheet.Problems) error {
	rest := s.Without(problems)
	if rest.Rows() == 0 {
		return problems
	}
	d.ValidateOnly = true
	request, err := rest.Request(d)
	if err != nil {
		return problems // the rest cannot be told from the whole
	}
	_, err = send(ctx, conn, request)
	var theirs sheet.Problems
	if errors.As(placed(rest, err), &theirs) {
		problems = slices.Concat(problems, theirs)
		slices.SortStableFunc(problems, func(a, b sheet.Problem) int { return cmp.Compare(a.Line, b.Line) })
	}
	return problems
}

// refused shows what is wrong with a file, a line per problem.
func refused(t *terminal, err error) error {
	var problems sheet.Problems
	if !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		t.notef("%s\n", p)
	}
	found := "1 problem"
	if len(problems) != 1 {
		found = fmt.Sprintf("%d problems", len(problems))
	}
	t.notef("%s; nothing of this file was loaded\n", found)
	return errFailed
}

// placed finds the lines of the file that a service speaks of.
func placed(s *sheet.Sheet, err error) error {
	f, ok := fault.From(err)
	if !ok || len(f.Violations()) == 0 {
		return err
	}
	var problems sheet.Problems
	for _, v := range f.Violations() {
		problems = append(problems, s.At(v.Field, v.Description))
	}
	return problems
}

// outcome is what a load changed.
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

// send calls the RPC that takes the request.
func send(ctx context.Context, conn grpc.ClientConnInterface, request proto.Message) (outcome, error) {
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
	case *villagev1.BatchCreateNeedsRequest:
		answer, err = villagev1.NewNeedServiceClient(conn).BatchCreateNeeds(ctx, r)
	case *orgv1.BatchCreateOrganizationsRequest:
		answer, err = orgv1.NewOrganizationServiceClient(conn).BatchCreateOrganizations(ctx, r)
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
