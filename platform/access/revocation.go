package access

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wancun/wancun/platform/fault"
)

// RevocableClaims are the claims of a token that can be revoked. The zero value is that of other tokens.
type RevocableClaims struct {
	// Session and AccessToken are names of resources; at most one is set.
	Session     string `json:"wancun_session,omitempty"`
	AccessToken string `json:"wancun_access_token,omitempty"`
	// IssuedMicros is when the token was issued, in microseconds since 1970. The claim iat has whole seconds: by it a
	// token that was issued just after a revocation would be revoked.
	IssuedMicros int64 `json:"wancun_issued,omitempty"`
}

// revocable reports whether the caller's token can be revoked.
func (p Principal) revocable() bool { return p.Session != "" || p.AccessToken != "" }

// Account returns the resource name of the caller's account, "" for a caller without one.
func (p Principal) Account() string {
	if !p.revocable() {
		return ""
	}
	return "accounts/" + p.Subject
}

// Digest identifies a session, an access token or an account in a revocation. It shows nothing to a reader that does
// not know the name.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a resource name.
func DigestOf(name string) Digest { return sha256.Sum256([]byte(name)) }

// Revocation makes tokens useless.
type Revocation struct {
	// Digest is that of a session, an access token or an account.
	Digest Digest
	// Before is the time before which the tokens were issued. Zero means all tokens.
	Before time.Time
}

// RevocationSource returns what was revoked since a time, and the time of the answer. A zero time means everything that
// can still have an effect.
type RevocationSource func(ctx context.Context, since time.Time) ([]Revocation, time.Time, error)

const (
	// revocationOverlap is how far each request goes back before the last answer. A row becomes visible when its
	// transaction ends, after the time that it has.
	revocationOverlap = time.Minute
	// revocationKept is how long a revocation is kept: as long as a token that it concerns can live, on a server whose
	// clock differs.
	revocationKept = RevocableLife + 2*clockSkew
)

// Revocations refuses tokens that were revoked, and ends their streams. It is safe for concurrent use. Before the source
// has answered once, tokens that can be revoked are UNAVAILABLE; all other tokens are never refused.
type Revocations struct {
	clock func() time.Time
	known atomic.Pointer[map[Digest]revoked]

	mu      sync.Mutex
	asOf    time.Time
	streams map[*guarded]struct{}
}

type revoked struct {
	before time.Time // zero: always
	kept   time.Time // when this server read it
}

// guarded is a running stream.
type guarded struct {
	by  Principal
	end context.CancelCauseFunc
}

// NewRevocations returns an empty list.
func NewRevocations(clock func() time.Time) *Revocations {
	return &Revocations{clock: clock, streams: map[*guarded]struct{}{}}
}

// Verifier returns a verifier that also refuses revoked tokens.
func (r *Revocations) Verifier(v Verifier) Verifier { return revocableVerifier{v, r} }

// guard ends the streams of revoked tokens.
type guard interface {
	guard(ctx context.Context, by Principal) (context.Context, func())
}

type revocableVerifier struct {
	Verifier
	revocations *Revocations
}

// Verify implements [Verifier].
func (v revocableVerifier) Verify(ctx context.Context, token string) (Principal, error) {
	by, err := v.Verifier.Verify(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	return by, v.revocations.Check(by)
}

func (v revocableVerifier) guard(ctx context.Context, by Principal) (context.Context, func()) {
	if !by.revocable() {
		return ctx, func() {}
	}
	ctx, end := context.WithCancelCause(ctx)
	g := &guarded{by, end}
	r := v.revocations
	r.mu.Lock()
	r.streams[g] = struct{}{}
	r.mu.Unlock()
	if err := r.Check(by); err != nil { // it was revoked between the verification and now
		end(err)
	}
	return ctx, func() {
		r.mu.Lock()
		delete(r.streams, g)
		r.mu.Unlock()
		end(nil)
	}
}

// Check returns an error if the caller's token was revoked.
func (r *Revocations) Check(by Principal) error {
	if !by.revocable() {
		return nil
	}
	known := r.known.Load()
	if known == nil {
		return fault.Unavailable("REVOCATIONS_UNKNOWN", time.Second, nil)
	}
	for _, name := range []string{by.Session, by.AccessToken, by.Account()} {
		if name == "" {
			continue
		}
		if of, found := (*known)[DigestOf(name)]; found && (of.before.IsZero() || by.Issued.Before(of.before)) {
			return fault.Unauthenticated("TOKEN_REVOKED", "the session or the token was ended, or its roles have changed")
		}
	}
	return nil
}

// Refresh calls the source once.
func (r *Revocations) Refresh(ctx context.Context, from RevocationSource) error {
	ctx, cancel := context.WithTimeout(ctx, followLimit)
	defer cancel()
	r.mu.Lock()
	since := r.asOf
	r.mu.Unlock()
	if !since.IsZero() {
		since = since.Add(-revocationOverlap)
	}
	news, asOf, err := from(ctx, since)
	if err != nil {
		return fmt.Errorf("read revocations: %w", err)
	}
	r.learn(news, asOf)
	return nil
}

// learn adds revocations, forgets old ones, and ends the streams of revoked tokens.
func (r *Revocations) learn(news []Revocation, asOf time.Time) {
	now := r.clock()
	known := map[Digest]revoked{}
	r.mu.Lock()
	defer r.mu.Unlock()
	if before := r.known.Load(); before != nil {
		for digest, of := range *before {
			if now.Sub(of.kept) < revocationKept {
				known[digest] = of
			}
		}
	}
	for _, n := range news {
		of, found := known[n.Digest]
		switch {
		case !found, n.Before.IsZero():
			of.before = n.Before
		case !of.before.IsZero() && n.Before.After(of.before):
			of.before = n.Before
		}
		of.kept = now
		known[n.Digest] = of
	}
	r.known.Store(&known)
	r.asOf = asOf
	for g := range r.streams {
		if err := r.Check(g.by); err != nil {
			g.end(err)
		}
	}
}

// Follow calls the source every two seconds until ctx ends. While the source fails, what is known stays revoked. It must
// not run concurrently.
func (r *Revocations) Follow(ctx context.Context, from RevocationSource, logger *slog.Logger) {
	poll(ctx, func() error { return r.Refresh(ctx, from) }, logger, "the revocations of tokens", func() bool { return r.known.Load() != nil })
}

// RevocationMessage is a revocation as the service returns it.
type RevocationMessage interface {
	GetDigest() []byte
	GetIssuedBefore() *timestamppb.Timestamp
}

// RevocationList is the answer of the service.
type RevocationList[R RevocationMessage] interface {
	GetRevocations() []R
	GetAsOf() *timestamppb.Timestamp
}

// RevocationsFrom returns a source that calls a method of a generated client. Its request has the field `since`.
func RevocationsFrom[Q interface {
	*T
	proto.Message
}, T any, L RevocationList[R], R RevocationMessage](read func(context.Context, Q, ...grpc.CallOption) (L, error)) RevocationSource {
	return func(ctx context.Context, since time.Time) ([]Revocation, time.Time, error) {
		q := Q(new(T))
		if m := q.ProtoReflect(); !since.IsZero() {
			set := m.Mutable(m.Descriptor().Fields().ByName("since")).Message().Interface()
			proto.Merge(set, timestamppb.New(since))
		}
		answer, err := read(ctx, q)
		if err != nil {
			return nil, time.Time{}, err
		}
		var all []Revocation
		for _, one := range answer.GetRevocations() {
			of := Revocation{}
			copy(of.Digest[:], one.GetDigest())
			if at := one.GetIssuedBefore(); at != nil {
				of.Before = at.AsTime()
			}
			all = append(all, of)
		}
		return all, answer.GetAsOf().AsTime(), nil
	}
}
