package village_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

// sheet is an import of needs: the settings, and the rows by their numbers.
type sheet struct {
	settings *villagev1.ImportNeedsRequest
	rows     int
	row      func(i int) *villagev1.CreateNeedRequest
}

// needsOf returns an import of n needs of the east and the west, in turns.
func needsOf(n int) sheet {
	return sheet{&villagev1.ImportNeedsRequest{RequestId: requestID}, n, func(i int) *villagev1.CreateNeedRequest {
		r := &villagev1.CreateNeedRequest{Parent: []string{east, west}[i%2], Need: need()}
		r.NeedId, r.Need.Quantity = fmt.Sprintf("00000000-0000-4000-8000-%012d", i), int64(i+1)
		r.Acknowledge = []string{"IMPLAUSIBLE_QUANTITY"}
		return r
	}}
}

// but returns the import with a change of one row.
func (s sheet) but(at int, change func(*villagev1.CreateNeedRequest)) sheet {
	row := s.row
	s.row = func(i int) *villagev1.CreateNeedRequest {
		r := row(i)
		if i == at {
			change(r)
		}
		return r
	}
	return s
}

// send imports the rows in messages of perMessage rows. It returns the result and the number of messages with progress.
func (s sheet) send(ctx context.Context, c clients, perMessage int) (*resourcev1.ImportResult, int, error) {
	stream, err := c.needs.ImportNeeds(ctx)
	if err != nil {
		return nil, 0, err
	}
	message := s.settings
	for i := 0; i < s.rows && err == nil; {
		for ; i < s.rows && len(message.GetRequests()) < perMessage; i++ {
			message.Requests = append(message.Requests, s.row(i))
		}
		err = stream.Send(message)
		message = &villagev1.ImportNeedsRequest{}
	}
	s.settings.Requests = nil
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if err := stream.CloseSend(); err != nil {
		return nil, 0, err
	}
	for n := 0; ; n++ {
		r, err := stream.Recv()
		if err != nil || r.GetResult() != nil {
			return r.GetResult(), n, err
		}
	}
}

// stored returns the number of stored needs and of entries about needs.
func stored(t *testing.T, db *database.DB) int {
	t.Helper()
	n, err := database.One[int](t.Context(), db.Reader(), "SELECT COUNT(*) FROM needs")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mostRows is the greatest number of rows of an import.
const mostRows = 100_000

func TestAnImportOfTheLargestSizeIsWrittenWholeOrNotAtAll(t *testing.T) {
	db := servertest.Database(t)
	c := start(t, db)
	takenUp(t, c)
	ctx, cancel := context.WithTimeout(provinceAdmin(t), patience)
	defer cancel()

	bad := needsOf(mostRows).but(mostRows-1, func(r *villagev1.CreateNeedRequest) { r.Parent = "villages/433124102999" })
	_, _, err := bad.send(ctx, c, 1000)
	refused(t, err, codes.NotFound, "requests[99999].parent")
	if n := stored(t, db); n != 0 {
		t.Fatalf("%d needs of a refused import are stored", n)
	}
	got, reports, err := needsOf(mostRows).send(ctx, c, 1000)
	if err != nil || got.GetCreatedCount() != mostRows || stored(t, db) != mostRows {
		t.Fatalf("imported %v, %v, and %d needs are stored", got, err, stored(t, db))
	}
	if reports == 0 {
		t.Error("the import reported no progress")
	}
	got, _, err = needsOf(mostRows).send(ctx, c, 700) // the same rows in other messages
	if err != nil || got.GetCreatedCount() != mostRows {
		t.Errorf("the repeated import is answered %v, %v, want the first answer", got, err)
	}
	_, _, err = needsOf(mostRows-1).send(ctx, c, 1000)
	refused(t, err, codes.AlreadyExists, "")
	_, _, err = needsOf(mostRows+1).send(ctx, c, 1000)
	refused(t, err, codes.InvalidArgument, "requests")
}

func TestAnImportNamesAllBadRowsByTheirNumbersInTheImport(t *testing.T) {
	db := servertest.Database(t)
	c := start(t, db)
	takenUp(t, c)
	s := needsOf(3000)
	for i, change := range map[int]func(*villagev1.CreateNeedRequest){
		5:    func(r *villagev1.CreateNeedRequest) { r.Need.Unit = "" },
		1007: func(r *villagev1.CreateNeedRequest) { r.Need.Quantity = -1 },
		2999: func(r *villagev1.CreateNeedRequest) { r.Need = nil },
	} {
		s = s.but(i, change)
	}
	_, _, err := s.send(provinceAdmin(t), c, 1000)
	refused(t, err, codes.InvalidArgument, "")
	blames(t, err, "requests[5].need.unit", "requests[1007].need.quantity", "requests[2999].need")
	if f, _ := fault.From(err); len(f.Violations()) == 0 || f.Violations()[0].Chinese == "" {
		t.Errorf("the violations %v are not in Chinese", f.Violations())
	}
	if n := stored(t, db); n != 0 {
		t.Errorf("%d needs of a refused import are stored", n)
	}
}

// blames checks that an error names fields among others.
func blames(t *testing.T, err error, fields ...string) {
	t.Helper()
	named := map[string]bool{}
	f, _ := fault.From(err)
	for _, v := range f.Violations() {
		named[v.Field] = true
	}
	for _, field := range fields {
		if !named[field] {
			t.Errorf("the error names %v, and not %s", named, field)
		}
	}
}

func TestAnImportMayHoldRowsOfEachOfTheCallersPlacesAndOfNoOther(t *testing.T) {
	db := servertest.Database(t)
	c := start(t, db)
	takenUp(t, c)
	eastTeam, westTeam := servertest.Grant(accessv1.Grant_VILLAGE_TEAM, "433124101201"), servertest.Grant(accessv1.Grant_VILLAGE_TEAM, "433124102201")
	_, _, err := needsOf(2001).send(servertest.As(t.Context(), "team", eastTeam), c, 1) // a row of the west is in every other message
	refused(t, err, codes.PermissionDenied, "requests[1].parent")
	outside := needsOf(2001).but(1999, func(r *villagev1.CreateNeedRequest) { r.Parent = "villages/433124101202" })
	both := servertest.As(t.Context(), "teams", eastTeam, westTeam)
	_, _, err = outside.send(both, c, 1000)
	refused(t, err, codes.PermissionDenied, "requests[1999].parent")
	if n := stored(t, db); n != 0 {
		t.Errorf("%d needs of refused imports are stored", n)
	}
	for perMessage, id := range map[int]string{1: requestID, 1000: "01980000-0000-7000-8000-00000000000b"} {
		s := needsOf(2001) // with one row in a message, the last message is admitted by the grant for the east alone
		s.settings.RequestId, s.settings.SkipIdentical = id, true
		if _, _, err := s.send(both, c, perMessage); err != nil || stored(t, db) != 2001 {
			t.Errorf("in messages of %d rows: %v, and %d needs are stored", perMessage, err, stored(t, db))
		}
	}
}

func TestAnImportWhoseCallerLeavesHasWrittenNothing(t *testing.T) {
	db := servertest.Database(t)
	c := start(t, db)
	takenUp(t, c)
	ctx, leave := context.WithCancel(provinceAdmin(t))
	stream, err := c.needs.ImportNeeds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for first := 0; first < 2000; first += 1000 {
		message := &villagev1.ImportNeedsRequest{}
		for i := range 1000 {
			message.Requests = append(message.Requests, needsOf(2000).row(first+i))
		}
		if err := stream.Send(message); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if _, err := stream.Recv(); err == nil {
		t.Error("an import whose caller has left was answered")
	}
	got, _, err := needsOf(2000).send(provinceAdmin(t), c, 1000) // after it nothing of the first is in the way
	if err != nil || got.GetCreatedCount() != 2000 {
		t.Errorf("imported %v, %v", got, err)
	}
}
