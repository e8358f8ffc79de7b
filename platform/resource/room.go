package resource

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

// Room is a part of a service: a resource with its API, or an API alone.
type Room struct {
	// Table is the table of the resource; nil for an API that keeps none.
	Table func() (Table, error)
	// Open registers the API at the Kit, and what else the Kit shall do for the room. The rooms of a service are opened in
	// their order.
	Open func(context.Context, *Kit) error
}

// RoomOf is the room of a kind. open is called with its store.
func RoomOf[M proto.Message](kind Kind[M], open func(context.Context, *Kit, *Store[M]) error) Room {
	return Room{
		Table: func() (Table, error) { return TableOf(kind) },
		Open: func(ctx context.Context, k *Kit) error {
			s, err := NewStore(ctx, k, kind)
			if err != nil {
				return err
			}
			return open(ctx, k, s)
		},
	}
}

// Opened is the store of a resource that another room of the service has opened before.
func Opened[M proto.Message](k *Kit) (*Store[M], error) {
	var blank M
	name := blank.ProtoReflect().Descriptor().FullName()
	s, ok := k.storeOf("type.googleapis.com/" + string(name)).(*Store[M])
	if !ok {
		return nil, fmt.Errorf("no room of %s is opened before", name)
	}
	return s, nil
}

// served is an API that a room has registered.
type served struct {
	api     *grpc.ServiceDesc
	handler any
}

// RegisterService implements [grpc.ServiceRegistrar] for the rooms.
func (k *Kit) RegisterService(api *grpc.ServiceDesc, handler any) {
	k.served = append(k.served, served{api, handler})
}

// Register adds the APIs of all rooms and that of the journal to a server.
func (k *Kit) Register(r grpc.ServiceRegistrar) {
	for _, s := range k.served {
		r.RegisterService(s.api, s.handler)
	}
	journalv1.RegisterJournalServiceServer(r, k.journal.Server())
}

// OnReady adds a reason why calls may not be answered as they should.
func (k *Kit) OnReady(f func(context.Context) error) { k.ready = append(k.ready, f) }

// Ready returns the first reason why calls are not answered as they should, apart from the database.
func (k *Kit) Ready(ctx context.Context) error {
	for _, f := range k.ready {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Comparison compares what a room keeps beside resources with the journals that it follows from. Between portions it calls
// pause, and ends with its error.
type Comparison func(ctx context.Context, pause func(context.Context) error) (rows map[string]int64, differences []Difference, err error)

// OnCompare adds a comparison.
func (k *Kit) OnCompare(f Comparison) { k.compared = append(k.compared, f) }

// Compare makes all comparisons of the rooms.
func (k *Kit) Compare(ctx context.Context, pause func(context.Context) error) (map[string]int64, []Difference, error) {
	rows, differences := map[string]int64{}, []Difference(nil)
	for _, f := range k.compared {
		some, differ, err := f(ctx, pause)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(rows, some)
		differences = append(differences, differ...)
	}
	return rows, differences, nil
}

// OnClose adds what Close does first, the last one before the others.
func (k *Kit) OnClose(f func() error) { k.closing = append(k.closing, f) }

// Close ends what the rooms do behind the calls, and stops the journal's numbering loop. The database stays open. Stop the
// server first.
func (k *Kit) Close() error {
	var failed error
	for len(k.closing) > 0 {
		last := k.closing[len(k.closing)-1]
		k.closing = k.closing[:len(k.closing)-1]
		failed = errors.Join(failed, last())
	}
	return errors.Join(failed, k.journal.Close())
}
