package access_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// signedIn is a verifier that returns one caller.
type signedIn access.Principal

// Verify implements [access.Verifier].
func (s signedIn) Verify(context.Context, string) (access.Principal, error) {
	return access.Principal(s), nil
}

const (
	account = "accounts/0198f6a0-0000-7000-8000-000000000001"
	session = account + "/sessions/0198f6a0-0000-7000-8000-000000000002"
)

// clerk is a county clerk that signed in with the account at a time.
func clerk(issued time.Time) access.Principal {
	return access.Principal{Subject: account[len("accounts/"):], Grants: grants(county), Session: session, Issued: issued}
}

// revoking returns a source with these revocations.
func revoking(asOf time.Time, all ...access.Revocation) access.RevocationSource {
	return func(context.Context, time.Time) ([]access.Revocation, time.Time, error) { return all, asOf, nil }
}

func TestARevokedTokenIsRefusedAndOthersAreNot(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		revoked access.Revocation
		by      access.Principal
		refused bool
	}{
		"its session ended":                      {access.Revocation{Digest: access.DigestOf(session)}, clerk(noon), true},
		"another session ended":                  {access.Revocation{Digest: access.DigestOf(session + "x")}, clerk(noon), false},
		"its account changed afterwards":         {access.Revocation{Digest: access.DigestOf(account), Before: noon.Add(time.Microsecond)}, clerk(noon), true},
		"its account changed before":             {access.Revocation{Digest: access.DigestOf(account), Before: noon}, clerk(noon), false},
		"a script's token with the same subject": {access.Revocation{Digest: access.DigestOf(account)}, access.Principal{Subject: account[len("accounts/"):]}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := access.NewRevocations(func() time.Time { return noon })
			if err := r.Refresh(t.Context(), revoking(noon, c.revoked)); err != nil {
				t.Fatal(err)
			}
			_, err := r.Verifier(signedIn(c.by)).Verify(t.Context(), "t")
			f, refused := fault.From(err)
			if refused != c.refused || refused && (f.Code() != codes.Unauthenticated || f.Reason() != "TOKEN_REVOKED") {
				t.Errorf("Verify = %v, want it refused: %t", err, c.refused)
			}
		})
	}
}

func TestATokenThatCanBeRevokedWaitsForTheFirstAnswer(t *testing.T) {
	r := access.NewRevocations(time.Now)
	away := errors.New("away")
	if err := r.Refresh(t.Context(), func(context.Context, time.Time) ([]access.Revocation, time.Time, error) {
		return nil, time.Time{}, away
	}); !errors.Is(err, away) {
		t.Fatalf("Refresh = %v", err)
	}
	if f, _ := fault.From(r.Check(clerk(time.Now()))); f == nil || f.Code() != codes.Unavailable {
		t.Errorf("Check = %v, want UNAVAILABLE", f)
	}
	if err := r.Check(access.Principal{Subject: "script"}); err != nil {
		t.Errorf("a token that cannot be revoked: %v", err)
	}
}

// A revocation stays known when later answers, which begin a minute before the last one, no longer contain it. It is
// forgotten when no token that it concerns can be alive.
func TestARevocationIsKeptAsLongAsATokenCanLive(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	r := access.NewRevocations(func() time.Time { return now })
	by := clerk(now)
	refresh := func(all ...access.Revocation) {
		t.Helper()
		if err := r.Refresh(t.Context(), revoking(now, all...)); err != nil {
			t.Fatal(err)
		}
	}
	refresh(access.Revocation{Digest: access.DigestOf(session)})
	now = now.Add(access.RevocableLife)
	if refresh(); r.Check(by) == nil {
		t.Error("a token that may still be alive was accepted")
	}
	now = now.Add(2*time.Minute + time.Second)
	if refresh(); r.Check(by) != nil {
		t.Error("the revocation is still known")
	}
}

func TestEachAnswerOverlapsWithTheLast(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	var asked []time.Time
	r := access.NewRevocations(func() time.Time { return noon })
	for range 2 {
		if err := r.Refresh(t.Context(), func(_ context.Context, since time.Time) ([]access.Revocation, time.Time, error) {
			asked = append(asked, since)
			return nil, noon, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if !asked[0].IsZero() || !asked[1].Equal(noon.Add(-time.Minute)) {
		t.Errorf("asked since %v", asked)
	}
}

// opened is a stream without messages.
type opened struct {
	grpc.ServerStream
	ctx context.Context
}

// Context implements [grpc.ServerStream].
func (o opened) Context() context.Context { return o.ctx }

func TestAStreamEndsWhenItsTokenIsRevoked(t *testing.T) {
	now := time.Now()
	r := access.NewRevocations(time.Now)
	if err := r.Refresh(t.Context(), revoking(now)); err != nil {
		t.Fatal(err)
	}
	by := clerk(now)
	by.Grants = grants(everywhere)
	stream := policies(t).Stream(r.Verifier(signedIn(by)))
	info := &grpc.StreamServerInfo{FullMethod: "/wancun.journal.v1.JournalService/Read"}
	err := stream(nil, opened{ctx: bearing("Bearer t")}, info, func(_ any, s grpc.ServerStream) error {
		if err := r.Refresh(t.Context(), revoking(now, access.Revocation{Digest: access.DigestOf(session)})); err != nil {
			return err
		}
		select {
		case <-s.Context().Done():
			return s.Context().Err()
		default:
			t.Error("the stream goes on")
			return nil
		}
	})
	if f, _ := fault.From(err); f == nil || f.Reason() != "TOKEN_REVOKED" {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestOnlyThePersonThatSignedInOwnsAnAccount(t *testing.T) {
	p, err := access.NewPolicies(map[string]grpc.ServiceInfo{
		"wancun.org.v1.GrantService": {Methods: []grpc.MethodInfo{{Name: "ListGrants"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	owner := &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_OWNER}
	own := clerk(time.Now())
	own.Grants = grants(team)
	program := own
	program.Session, program.AccessToken = "", account+"/accessTokens/0198f6a0-0000-7000-8000-000000000003"
	for name, c := range map[string]struct {
		by     access.Principal
		parent string
		want   []*accessv1.Grant
	}{
		"the own account":                     {own, account, grants(owner)},
		"another account":                     {own, account[:len(account)-1] + "9", nil},
		"all accounts":                        {own, "accounts/-", nil},
		"the own account by a program":        {program, account, nil},
		"a manager's own account":             {clerk(time.Now()), account, grants(owner, county)},
		"another account, of a manager":       {clerk(time.Now()), "accounts/-", grants(county)},
		"a token that says it owns something": {access.Principal{Subject: "x", Token: "t", Grants: grants(owner)}, account, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := admitted(p, signedIn(c.by), &orgv1.ListGrantsRequest{Parent: c.parent})
			if (err == nil) != (c.want != nil) {
				t.Fatalf("admitted with %v, %v, want %v", got, err, c.want)
			}
			if err == nil && !sameGrants(got, c.want) {
				t.Errorf("admitted with %v, want %v", got, c.want)
			}
		})
	}
}

// admitted passes a request through the interceptors and returns the grants of the call.
func admitted(p *access.Policies, v access.Verifier, request *orgv1.ListGrantsRequest) (got []*accessv1.Grant, err error) {
	info := &grpc.UnaryServerInfo{FullMethod: orgv1.GrantService_ListGrants_FullMethodName}
	_, err = p.Entering(v)(bearing("Bearer t"), request, info, func(ctx context.Context, request any) (any, error) {
		return p.Unary()(ctx, request, info, func(ctx context.Context, _ any) (any, error) {
			got = access.From(ctx).Grants
			return nil, nil
		})
	})
	return got, err
}

func sameGrants(a, b []*accessv1.Grant) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].GetRole() != b[i].GetRole() || a[i].GetArea() != b[i].GetArea() {
			return false
		}
	}
	return true
}
