package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

const importNeeds = "/v1/villages/-/needs:import"

// importedNeeds returns a message with n needs, whose quantities and ids begin at first.
func importedNeeds(first, n int) *villagev1.ImportNeedsRequest {
	m := &villagev1.ImportNeedsRequest{}
	for i := first; i < first+n; i++ {
		m.Requests = append(m.Requests, &villagev1.CreateNeedRequest{
			Parent: "villages/" + world.Village, NeedId: fmt.Sprintf("00000000-0000-4000-8000-%012d", i),
			Need: &villagev1.Need{Category: "wells", Quantity: int64(i + 1), Unit: "well", SurveyDate: world.Day(6, 1)},
		})
	}
	return m
}

// lines writes messages as JSON on a line each.
func lines(t *testing.T, messages ...proto.Message) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, m := range messages {
		b, err := protojson.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(append(b, '\n'))
	}
	return all.Bytes()
}

// posted sends a body to the import of needs and returns the status and the last line of the answer.
func posted(t *testing.T, s *suite.Suite, body io.Reader) (code int, last string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.REST+importNeeds, body)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-ndjson")
	q.Header.Set("Authorization", "Bearer "+s.Token(t, "admin", world.Admin()))
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return answer.StatusCode, all[len(all)-1]
}

func TestAnImportThroughTheGatewayIsWrittenWholeOrNotAtAll(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	needs, admin := villagev1.NewNeedServiceClient(s.Conn), s.As(t, "admin", world.Admin())
	wells := func() int {
		t.Helper()
		r, err := needs.ListNeeds(admin, &villagev1.ListNeedsRequest{Parent: "villages/-", Filter: `category = "wells"`, PageSize: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return len(r.GetNeeds())
	}
	good := lines(t, importedNeeds(0, 300), importedNeeds(300, 300))
	cut := func(body []byte) io.Reader { // the connection ends before the body does
		return io.MultiReader(bytes.NewReader(body), brokenOff{})
	}
	negative := importedNeeds(300, 300)
	negative.Requests[7].Need.Quantity = -1
	for name, c := range map[string]struct {
		body io.Reader
		code int
		last string
	}{
		"a line that is no JSON":   {bytes.NewReader(append(bytes.Clone(good), "{\"requests\": [\n"...)), 400, "MALFORMED_REQUEST"},
		"a field of another kind":  {bytes.NewReader(append(bytes.Clone(good), `{"requests":[{},{"need":{"quantity":"x"}}]}`...)), 400, "/requests/601/need/quantity"},
		"a bad row":                {bytes.NewReader(lines(t, importedNeeds(0, 300), negative)), 400, "/requests/307/need/quantity"},
		"a body that breaks off":   {cut(good), 0, "broken off"},
		"too many rows in a line":  {bytes.NewReader(lines(t, importedNeeds(0, 1001))), 400, "/requests"},
		"a line of more than 1MiB": {bytes.NewReader(append(good, bytes.Repeat([]byte{' '}, 1<<21)...)), 413, "MESSAGE_TOO_LARGE"},
	} {
		code, last := posted(t, s, c.body)
		if code != c.code || !strings.Contains(last, c.last) {
			t.Errorf("%s is answered %d: %s", name, code, last)
		}
		if n := wells(); n != 0 {
			t.Fatalf("%s: %d needs of a refused import are stored", name, n)
		}
	}
	code, last := posted(t, s, bytes.NewReader(good))
	if n := wells(); code != http.StatusOK || !strings.Contains(last, `"createdCount":600`) || n != 600 {
		t.Errorf("answered %d: %s, and %d needs are stored", code, last, n)
	}
}

// brokenOff is a reader that fails.
type brokenOff struct{}

// Read implements [io.Reader].
func (brokenOff) Read([]byte) (int, error) { return 0, errBrokenOff }

var errBrokenOff = errors.New("broken off")

func TestAFileOfManyRowsIsLoadedAtOnce(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	c := newClerk(t, s)
	const rows = 25_000
	all := make([]string, rows)
	for i := range all {
		all[i] = fmt.Sprintf("%s,wells,%d,well,2019-06-01", world.Village, i+1)
	}
	path := c.file(t, "needs.csv", "village,category,quantity,unit,survey_date", all...)
	done := c.load(t, path)
	if want := fmt.Sprintf("%d needs: %d created", rows, rows); done.Code != 0 || !strings.Contains(done.Out, want) {
		t.Errorf("code %d, %q, want %q\n%s", done.Code, done.Out, want, done.Err)
	}
}

func TestAnImportOverRESTIsAnsweredAsOverGRPC(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	bad := world.Requests()["OrganizationService.ImportOrganizations"].(*orgv1.ImportOrganizationsRequest)
	bad.Requests[0].Organization.Uscc = world.Association
	ctx, cancel := context.WithTimeout(s.As(t, "admin", world.Admin()), time.Minute)
	defer cancel()
	for _, request := range []*orgv1.ImportOrganizationsRequest{
		world.Requests()["OrganizationService.ImportOrganizations"].(*orgv1.ImportOrganizationsRequest), bad,
	} {
		_ = mustAnswerAlike(ctx, t, s, func(ctx context.Context, conn grpc.ClientConnInterface) (proto.Message, error) {
			stream, err := orgv1.NewOrganizationServiceClient(conn).ImportOrganizations(ctx)
			if err != nil {
				return nil, err
			}
			if err := stream.Send(request); err != nil {
				return nil, err
			}
			if err := stream.CloseSend(); err != nil {
				return nil, err
			}
			for {
				r, err := stream.Recv()
				if err != nil || r.GetResult() != nil {
					return r, err
				}
			}
		})
	}
}
