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

// Deps are what every service is given. All are required except those that say when they may be missing.
type Deps struct {
	// Log names the service's journal: "org" is read as `logs/org`.
	Log string
	// DB holds the service's tables and its journal.
	DB *database.DB
	// Signer signs the journal's checkpoints.
	Signer note.Signer
	// PageKey (32 bytes) seals page tokens and keys request digests; the same in every replica.
	PageKey []byte
	// RowKey (32 bytes) authenticates rows; the same in every replica and never in the database. See [journal.Keys].
	RowKey []byte
	// PersonalKey (32 bytes) encrypts personal fields; the same in every replica and never in the database. Only services with
	// such fields need it.
	PersonalKey []byte
	// Clock tells the time of writes.
	Clock func() time.Time
	// NewID gives the ids of rows that neither callers nor the kind name: UUIDs in lower case that sort by time. A kind without
	// [Kind.ID] needs it.
	NewID func() string
	// Random gives salts and nonces; crypto/rand.Reader outside tests.
	Random io.Reader
	// Logger takes what the numbering loop has to say, and names rows that were altered.
	Logger *slog.Logger
	// Instruments record the journal's numbering; nil disables them.
	Instruments *telemetry.Instruments
}

// Kit is what the rooms of one service share: its database, its journal, its keys and what it was given.
type Kit struct {
	Deps

	journal   *journal.Log
	pages     *page.Sealer
	vault     *vault
	rows      *rowMAC
	validator protovalidate.Validator
	// alterations logs a row that was altered once an hour, and not with each read.
	alterations *slog.Logger
	digestKey   []byte
	turns       [64]sync.Mutex

	served   []served
	ready    []func(context.Context) error
	compared []Comparison
	closing  []func() error

	storesMu sync.RWMutex
	stores   map[string]coverer // by the type URL of what they keep
}

// coverer is what a kit asks the store of a row, whatever its message.
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

// turn is the lock that writers of a contended row take turns by. Rows may share one; replicas do not.
func (k *Kit) turn(name string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return &k.turns[h.Sum32()%uint32(len(k.turns))]
}

// digest identifies a request's content. It is keyed, because requests may hold personal data that a bare hash would
// let one guess.
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
