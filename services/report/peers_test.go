package report

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/servertest"
)

// peer is another service. It has a real journal, whose entries the test writes.
type peer struct {
	name   string
	db     *database.DB
	log    *journal.Log
	client journalv1.JournalServiceClient

	mu        sync.Mutex
	size      int64
	revisions map[string]int64
}

func newPeer(t *testing.T, name string) *peer {
	t.Helper()
	db := servertest.Database(t)
	if err := journal.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	log, err := journal.Open(t.Context(), journal.Config{
		Log: name, Origin: "wancun/" + name, DB: db, Signer: servertest.Signer(t, name), Clock: time.Now, Logger: servertest.Logger(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	conn := servertest.Start(t, func(r grpc.ServiceRegistrar) { journalv1.RegisterJournalServiceServer(r, log.Server()) })
	return &peer{name: name, db: db, log: log, client: journalv1.NewJournalServiceClient(identity{conn}), revisions: map[string]int64{}}
}

// named is a resource.
type named interface {
	proto.Message
	GetName() string
}

// write writes resources, each as its next revision, and returns the position that contains them, in the format of
// requests.
func (p *peer) write(t *testing.T, resources ...named) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	w := journal.Write{Method: "/test/Write", Actor: &journalv1.Actor{Subject: "test"}, Time: time.Unix(1577836800, 0)}
	for _, m := range resources {
		body, err := anypb.New(m)
		if err != nil {
			t.Fatal(err)
		}
		p.revisions[m.GetName()]++
		w.Entries = append(w.Entries, journal.Entry{Resource: m.GetName(), Revision: p.revisions[m.GetName()], Body: body})
	}
	statements, err := p.log.Statements(w)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.db.Apply(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
	p.log.Wake()
	p.size += int64(len(resources))
	return fmt.Sprintf("logs/%s:%d", p.name, p.size)
}

// identity adds the identity of a system that may read journals to calls.
type identity struct{ grpc.ClientConnInterface }

func (i identity) as(ctx context.Context) context.Context {
	return servertest.As(ctx, "report", servertest.Grant(accessv1.Grant_INTERNAL_SYSTEM))
}

func (i identity) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return i.ClientConnInterface.Invoke(i.as(ctx), method, args, reply, opts...)
}

func (i identity) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return i.ClientConnInterface.NewStream(i.as(ctx), d, method, opts...)
}
