package access_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
)

func TestOneGrantMustCoverPlaceAndOrganizationTogether(t *testing.T) {
	p := access.Principal{Grants: grants(countyOnly, elsewhere, manager)}
	for _, c := range []struct {
		area, organization string
		want               bool
	}{
		{"", "", true},
		{here, theirs, true},
		{"433124", otherUSCC, true},
		{away, ours, true},
		{away, theirs, true}, // the clerk of that county belongs to no organization
		{"villages/430224001201", theirs, false},
		{"villages/430224001201", ours, true},
		{"villages/430224001201", "", true},
		{"430224", theirs, false},
		{"nonsense", theirs, false},
		{"nonsense", ours, true},
		{"", theirs, true},
	} {
		if got := p.Covers(c.area, c.organization); got != c.want {
			t.Errorf("Covers(%q, %q) = %v, want %v", c.area, c.organization, got, c.want)
		}
	}
	if (access.Principal{}).Covers("", "") {
		t.Error("a caller without grants covers something")
	}
}

func TestTheJournalRemembersTheFirstGrant(t *testing.T) {
	for _, c := range []struct {
		by   access.Principal
		want *journalv1.Actor
	}{
		{access.Principal{Subject: "u", Grants: grants(manager, public)}, &journalv1.Actor{Subject: "u", Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: uscc}},
		{access.Principal{Grants: grants(public)}, &journalv1.Actor{Role: accessv1.Grant_PUBLIC}},
		{access.Principal{}, &journalv1.Actor{}},
	} {
		if diff := cmp.Diff(c.want, c.by.Actor(), protocmp.Transform()); diff != "" {
			t.Errorf("Actor (-want +got):\n%s", diff)
		}
	}
}

func TestAContextKnowsItsCallerHoweverItIsDerived(t *testing.T) {
	ctx := access.With(context.Background(), access.Principal{Subject: "u"})
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, desk{}.key(), 1), time.Hour)
	defer cancel()
	if got := access.From(ctx).Subject; got != "u" {
		t.Errorf("From(derived).Subject = %q, want u", got)
	}
	if got := access.From(context.Background()); got.Subject != "" || got.Grants != nil || access.Method(context.Background()) != "" {
		t.Errorf("From(background) = %v, want an anonymous caller", got)
	}
}

type otherKey struct{}

func (desk) key() any { return otherKey{} }

// guest verifies every token as that of an auditor. The token expires at the given time.
type guest time.Time

func (g guest) Verify(context.Context, string) (access.Principal, error) {
	return access.Principal{Subject: "guest", Grants: grants(auditor), Expires: time.Time(g)}, nil
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	info := &grpc.StreamServerInfo{FullMethod: journalv1.JournalService_Read_FullMethodName}
	follow := func(_ any, s grpc.ServerStream) error {
		<-s.Context().Done()
		return s.Context().Err()
	}
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		stream := &inbox{ctx: bearing("Bearer guest")}
		err := policies(t).Stream(guest(begin.Add(time.Hour)))(nil, stream, info, follow)
		if status.Code(err) != codes.Unauthenticated || time.Since(begin) != time.Hour {
			t.Errorf("after %v: %v; want UNAUTHENTICATED after an hour", time.Since(begin), err)
		}
	})
	t.Run("and one that ended before is not disturbed", func(t *testing.T) {
		stream := &inbox{ctx: bearing("Bearer guest")}
		err := policies(t).Stream(guest(time.Now().Add(time.Hour)))(nil, stream, info, func(any, grpc.ServerStream) error { return nil })
		if err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
}
