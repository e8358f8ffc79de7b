package scenario

import (
	"context"
	"fmt"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

const (
	inFlight = 32        // concurrent calls, enough to fill the batches of a group commit
	tokenTTL = time.Hour // longer than a scenario takes
)

// Player plays scenarios. All fields are required.
type Player struct {
	// Conn serves every method that the scenario calls.
	Conn grpc.ClientConnInterface
	// Mint returns a token of a person. Play calls it once for each person, before the first call.
	Mint func(subject string, grants []*accessv1.Grant, ttl time.Duration) (string, error)
	// Progress receives the number of calls that have succeeded, the number of all calls and the name of the current
	// stage. It is not called by two goroutines at once.
	Progress func(done, total int, stage string)
}

// Play makes the calls of a scenario. After a call that fails it begins no other; its error wraps that of the call.
func (p Player) Play(ctx context.Context, lines []Line) error {
	tokens, err := p.tokens(lines)
	if err != nil {
		return err
	}
	calls := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.Call == "" })
	done := &progress{report: p.Progress, total: len(calls)}
	group, running := inParallel(ctx)
	for i, line := range lines {
		switch {
		case line.Stage != "":
			if err := group.Wait(); err != nil {
				return err
			}
			group, running = inParallel(ctx)
			done.begin(line.Stage)
		case line.Call != "":
			group.Go(func() error {
				if err := p.send(running, line, tokens[line.As]); err != nil {
					return fmt.Errorf("line %d: %s as %s: %w", i+1, path.Base(line.Call), line.As, err)
				}
				done.step()
				return nil
			})
		}
	}
	return group.Wait()
}

// tokens returns a token of each person of a scenario.
func (p Player) tokens(lines []Line) (map[string]string, error) {
	tokens := make(map[string]string)
	for _, line := range lines {
		if line.Person == "" {
			continue
		}
		token, err := p.Mint(line.Person, line.Grants, tokenTTL)
		if err != nil {
			return nil, fmt.Errorf("mint a token of %s: %w", line.Person, err)
		}
		tokens[line.Person] = token
	}
	return tokens, nil
}

// inParallel returns a group for the calls of a stage, and the context of these calls, which the first error ends.
func inParallel(ctx context.Context) (*errgroup.Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(inFlight)
	return group, ctx
}

// send makes the call of a line and discards its answer.
func (p Player) send(ctx context.Context, line Line, token string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	method, err := methodOf(line.Call)
	if err != nil {
		return err
	}
	answer, err := messageOf(method.Output())
	if err != nil {
		return err
	}
	request, err := identified(line)
	if err != nil {
		return err
	}
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	return p.Conn.Invoke(ctx, line.Call, request, answer)
}

// identified returns the request of a line with a request id, if its method has one. The encoding of a message may
// differ between versions of the program, and with it the id.
func identified(line Line) (proto.Message, error) {
	request := line.Request.ProtoReflect()
	field := request.Descriptor().Fields().ByName("request_id")
	if field == nil || request.Has(field) {
		return line.Request, nil
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(line.Request)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	id := uuid.NewSHA1(uuid.NameSpaceOID, append([]byte("wancun/scenario"+line.Call+"\x00"), body...))
	request = proto.Clone(line.Request).ProtoReflect()
	request.Set(field, protoreflect.ValueOfString(id.String()))
	return request.Interface(), nil
}

// progress counts calls and reports them.
type progress struct {
	report func(done, total int, stage string)
	total  int

	mu    sync.Mutex
	done  int
	stage string
}

func (p *progress) begin(stage string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stage = stage
	p.report(p.done, p.total, p.stage)
}

func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.report(p.done, p.total, p.stage)
}
