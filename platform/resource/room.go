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

// Room is a part of a service: a resource with its API, or only an API.
type Room struct {
	// Table returns the table of the resource; nil for an API without one.
	Table func() (Table, error)
	// Open registers the API with the Kit, and the functions that the Kit calls for the room. The rooms of a service
	// are opened in their order.
	Open func(context.Context, *Kit) error
}

// RoomOf returns the room of a kind. open is called with its store.
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

// Opened returns the store of a resource in another room of the service, which must be opened before.
func Opened[M proto.Message](k *Kit) (*Store[M], error) {
	var blank M
	name := blank.ProtoReflect().Descriptor().FullName()
	s, ok := k.storeOf("type.googleapis.com/" + string(name)).(*Store[M])
	if !ok {
		return nil, fmt.Errorf("no room of %s is opened before", name)
	}
	return s, nil
}

// served is a registered API.
type served struct {
	api     *grpc.ServiceDesc
	handler any
}

// RegisterService implements [grpc.ServiceRegistrar] for rooms.
func (k *Kit) RegisterService(api *grpc.ServiceDesc, handler any) {
	k.served = append(k.served, served{api, handler})
}

// Register adds the APIs of all rooms and of the journal to a server.
func (k *Kit) Register(r grpc.ServiceRegistrar) {
	for _, s := range k.served {
		r.RegisterService(s.api, s.handler)
	}
	journalv1.RegisterJournalServiceServer(r, k.journal.Server())
}

// OnReady adds a function that returns why calls may not be answered normally.
func (k *Kit) OnReady(f func(context.Context) error) { k.ready = append(k.ready, f) }

// Ready returns the first reason why calls may not be answered normally, apart from the database.
func (k *Kit) Ready(ctx context.Context) error {
	for _, f := range k.ready {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Comparison compares what a room stores besides resources with the journals that it is derived from. It calls pause
// between portions, and returns the error of pause if there is one.
type Comparison func(ctx context.Context, pause func(context.Context) error) (rows map[string]int64, differences []Difference, err error)

// OnCompare adds a comparison.
func (k *Kit) OnCompare(f Comparison) { k.compared = append(k.compared, f) }

// Compare runs the comparisons of all rooms.
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

// OnClose adds a function that Close calls. The last one added is called first.
func (k *Kit) OnClose(f func() error) { k.closing = append(k.closing, f) }

// Close ends the background work of the rooms and the journal's numbering loop. It does not close the database. The
// server must be stopped before.
func (k *Kit) Close() error {
	var failed error
	for len(k.closing) > 0 {
		last := k.closing[len(k.closing)-1]
		k.closing = k.closing[:len(k.closing)-1]
		failed = errors.Join(failed, last())
	}
	return errors.Join(failed, k.journal.Close())
}
