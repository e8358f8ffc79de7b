package service_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/grpc"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/platform/service"
)

var migrations = fstest.MapFS{"00001_scopes.sql": {Data: []byte(`-- +goose Up
CREATE TABLE scopes (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL);
`)}}

// peers are the dependencies of the scopes.
type peers struct {
	Said  func(string)
	Extra []string `optional:""`
}

// scopes declares a service with a room of scopes, and a room that needs their store.
func scopes(order ...string) service.Service[peers] {
	return service.Service[peers]{Name: "village", Migrations: migrations, Rooms: func(_ *resource.Kit, p peers) ([]resource.Room, error) {
		rooms := map[string]resource.Room{
			"scopes": resource.RoomOf(resource.Kind[*villagev1.Scope]{Table: "scopes", Belongs: resource.Nationwide()},
				func(_ context.Context, k *resource.Kit, _ *resource.Store[*villagev1.Scope]) error {
					villagev1.RegisterScopeServiceServer(k, villagev1.UnimplementedScopeServiceServer{})
					k.OnClose(func() error { p.Said("scopes closed"); return nil })
					return nil
				}),
			"reader": {Open: func(_ context.Context, k *resource.Kit) error {
				k.OnReady(func(context.Context) error { return errors.New("the reader is behind") })
				k.OnClose(func() error { p.Said("reader closed"); return nil })
				_, err := resource.Opened[*villagev1.Scope](k)
				return err
			}},
		}
		var all []resource.Room
		for _, name := range order {
			all = append(all, rooms[name])
		}
		return all, nil
	}}
}

func open(t *testing.T, s service.Service[peers], p peers) (*resource.Kit, error) {
	t.Helper()
	db := servertest.Database(t)
	if err := s.CheckSchema(t.Context(), db); err == nil {
		t.Error("an empty database has the schema")
	}
	if err := errors.Join(s.Migrate(t.Context(), db), s.CheckSchema(t.Context(), db)); err != nil {
		t.Fatal(err)
	}
	return s.Open(t.Context(), servertest.Deps(t, "village", db), p)
}

// registrar records the registered services.
type registrar []string

func (r *registrar) RegisterService(d *grpc.ServiceDesc, _ any) { *r = append(*r, d.ServiceName) }

func TestAServiceIsOpenedFromItsDeclarationAndClosedInReverse(t *testing.T) {
	var said []string
	k, err := open(t, scopes("scopes", "reader"), peers{Said: func(what string) { said = append(said, what) }})
	if err != nil {
		t.Fatal(err)
	}
	var served registrar
	if k.Register(&served); !slices.Equal(served, registrar{"wancun.village.v1.ScopeService", "wancun.journal.v1.JournalService"}) {
		t.Errorf("registered %v", served)
	}
	if err := k.Ready(t.Context()); fmt.Sprint(err) != "the reader is behind" {
		t.Errorf("Ready = %v, want what the room says", err)
	}
	if err := k.Close(); err != nil || !slices.Equal(said, []string{"reader closed", "scopes closed"}) {
		t.Errorf("Close = %v after %v", err, said)
	}
}

func TestTheTablesAreThoseOfTheRoomsWithoutOpeningThem(t *testing.T) {
	tables, err := scopes("reader", "scopes").Tables()
	if err != nil || len(tables) != 1 || tables[0].String() != "scopes" {
		t.Errorf("Tables = %v, %v", tables, err)
	}
}

func TestAServiceThatLacksSomethingIsNotOpened(t *testing.T) {
	var said []string
	for says, c := range map[string]struct {
		s service.Service[peers]
		p peers
	}{
		"peers.Said is missing": {scopes("scopes"), peers{}},
		"no room of wancun.village.v1.Scope is opened before": {
			scopes("reader", "scopes"), peers{Said: func(what string) { said = append(said, what) }},
		},
	} {
		_, err := open(t, c.s, c.p)
		if !strings.HasPrefix(fmt.Sprint(err), "open village: ") || !strings.Contains(fmt.Sprint(err), says) {
			t.Errorf("Open = %v, want %q", err, says)
		}
	}
	if !slices.Equal(said, []string{"reader closed"}) {
		t.Errorf("of rooms that were opened before one failed, %v", said)
	}
}
