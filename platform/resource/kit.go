package resource

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"sync"
	"time"

	"buf.build/go/protovalidate"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/page"
	"github.com/wancun/wancun/platform/telemetry"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// Deps are the dependencies of every service. All are required except those whose comment says otherwise.
type Deps struct {
	// Log is the name of the service's journal: "org" has the journal `logs/org`.
	Log string
	// DB holds the service's tables and its journal.
	DB *database.DB
	// Signer signs the journal's checkpoints.
	Signer note.Signer
	// PageKey (32 bytes) seals page tokens and keys request digests. It is the same in every replica.
	PageKey []byte
	// RowKey (32 bytes) authenticates rows. It is the same in every replica and is never stored in the database. See
	// [journal.Keys].
	RowKey []byte
	// PersonalKey (32 bytes) encrypts personal fields. It is the same in every replica and is never stored in the
	// database. Only services with such fields need it.
	PersonalKey []byte
	// Clock returns the time of writes.
	Clock func() time.Time
	// NewID returns the ids of rows that neither callers nor the kind name: UUIDs in lower case that sort by time. Only
	// a kind without [Kind.ID] needs it.
	NewID func() string
	// Random is the source of salts and nonces; crypto/rand.Reader outside tests.
	Random io.Reader
	// Logger logs for the numbering loop, and logs rows that were altered.
	Logger *slog.Logger
	// Instruments record the journal's numbering; nil disables them.
	Instruments *telemetry.Instruments
}

// Kit holds what the rooms of a service share: its database, its journal, its keys and its dependencies.
type Kit struct {
	Deps

	journal   *journal.Log
	pages     *page.Sealer
	vault     *vault
	rows      *rowMAC
	validator protovalidate.Validator
	// alterations logs an altered row once an hour instead of at each read.
	alterations *slog.Logger
	digestKey   []byte
	rowLocks    [64]sync.Mutex

	served   []served
	ready    []func(context.Context) error
	compared []Comparison
	closing  []func() error

	storesMu sync.RWMutex
	stores   map[string]coverer // by the type URL of their messages
}

// coverer is the part of a store that the kit uses, which does not depend on the type of the message.
type coverer interface {
	// coversAll reports whether the caller's grants cover the rows of all names.
	coversAll(ctx context.Context, by access.Principal, names []string) (bool, error)
}

func (k *Kit) storeOf(typeURL string) coverer {
	k.storesMu.RLock()
	defer k.storesMu.RUnlock()
	return k.stores[typeURL]
}

func (k *Kit) register(typeURL string, s coverer) {
	k.storesMu.Lock()
	defer k.storesMu.Unlock()
	if k.stores == nil {
		k.stores = map[string]coverer{}
	}
	k.stores[typeURL] = s
}

// Open opens the service's journal and returns its kit. The database must be migrated.
func Open(ctx context.Context, d Deps) (*Kit, error) {
	for name, missing := range map[string]bool{
		"Log": d.Log == "", "DB": d.DB == nil, "Signer": d.Signer == nil, "Clock": d.Clock == nil,
		"Random": d.Random == nil, "Logger": d.Logger == nil,
	} {
		if missing {
			return nil, fmt.Errorf("open kit: Deps.%s is missing", name)
		}
	}
	pages, err := page.NewSealer(d.PageKey)
	if err != nil {
		return nil, fmt.Errorf("open kit: %w", err)
	}
	var v *vault
	if len(d.PersonalKey) > 0 {
		if v, err = newVault(d.PersonalKey, d.Random); err != nil {
			return nil, fmt.Errorf("open kit: %w", err)
		}
	}
	rows, err := newRowMAC(d.RowKey)
	if err != nil {
		return nil, fmt.Errorf("open kit: %w", err)
	}
	validator, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("open kit: %w", err)
	}
	log, err := journal.Open(ctx, journal.Config{
		Log: d.Log, Origin: "wancun/" + d.Log, DB: d.DB, Signer: d.Signer, Clock: d.Clock, Logger: d.Logger,
		Numbered: d.Instruments.Numbered(d.Log), Staged: d.Instruments.Staged(d.Log),
	})
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	mac := hmac.New(sha256.New, d.PageKey)
	mac.Write([]byte("wancun request digest"))
	return &Kit{
		Deps: d, journal: log, pages: pages, vault: v, rows: rows, validator: validator,
		alterations: loglimit.New(d.Logger, loglimit.Config{Interval: time.Hour, Keys: []string{"table", "resource"}}),
		digestKey:   mac.Sum(nil),
	}, nil
}

// Journal returns the service's journal.
func (k *Kit) Journal() *journal.Log { return k.journal }

// rowLock returns the lock for the writers of a contended row. Several rows may share a lock. Locks are per process.
func (k *Kit) rowLock(name string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return &k.rowLocks[h.Sum32()%uint32(len(k.rowLocks))]
}

// digest identifies the content of a request. It is keyed, because requests may contain personal data, which could be
// guessed from a plain hash.
func (k *Kit) digest(method string, r Request) ([]byte, error) {
	m, ok := r.(proto.Message)
	if !ok {
		return nil, errors.New("digest request: not a proto message")
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("digest request: %w", err)
	}
	mac := hmac.New(sha256.New, k.digestKey)
	mac.Write([]byte(method))
	mac.Write([]byte{0})
	mac.Write(b)
	return mac.Sum(nil), nil
}
