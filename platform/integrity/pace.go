package integrity

import (
	"context"
	"time"

	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

// pace limits a check to its share of the time.
type pace struct {
	clock   func() time.Time
	resumed time.Time // when the work since the last pause began
}

// pause waits in proportion to the time since the last pause.
func (p *pace) pause(ctx context.Context) error {
	worked := p.clock().Sub(p.resumed)
	err := sleep(ctx, time.Duration(float64(worked)*(1/share-1)))
	p.resumed = p.clock()
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// paced is a client of the journal that pauses between messages.
type paced struct {
	journalv1.JournalServiceClient
	pause func(context.Context) error
}

// Read implements the RPC.
func (p paced) Read(ctx context.Context, r *journalv1.ReadRequest, o ...grpc.CallOption) (grpc.ServerStreamingClient[journalv1.ReadResponse], error) {
	s, err := p.JournalServiceClient.Read(ctx, r, o...)
	return pacedStream{s, p.pause}, err
}

type pacedStream struct {
	grpc.ServerStreamingClient[journalv1.ReadResponse]
	pause func(context.Context) error
}

// Recv pauses before each message.
func (s pacedStream) Recv() (*journalv1.ReadResponse, error) {
	if err := s.pause(s.Context()); err != nil {
		return nil, err
	}
	return s.ServerStreamingClient.Recv()
}
