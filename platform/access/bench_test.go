package access_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
)

func BenchmarkAdmission(b *testing.B) {
	admit := func(b *testing.B, v access.Verifier, token, method string, request proto.Message) {
		b.Helper()
		ctx := context.Background()
		if token != "" {
			ctx = bearing("Bearer " + token)
		}
		enter, admit := policies(b).Entering(v), policies(b).Unary()
		info := &grpc.UnaryServerInfo{FullMethod: method}
		handler := func(ctx context.Context, _ any) (any, error) {
			return admit(ctx, request, info, func(context.Context, any) (any, error) { return nil, nil })
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := enter(ctx, nil, info, handler); err != nil {
				b.Fatal(err)
			}
		}
	}
	verify := &villagev1.VerifyNeedRequest{Name: here + "/needs/x"}
	known := desk{"caller": grants(county)}
	b.Run("public, no token", func(b *testing.B) { admit(b, known, "", listPlaces, &villagev1.ListDivisionsRequest{}) })
	b.Run("policy alone", func(b *testing.B) { admit(b, known, "caller", verifyNeed, verify) })

	c := &clock{noon}
	i := newIssuer(b, "https://issuer.test", c, newKey(b))
	v, err := i.Verifier()
	if err != nil {
		b.Fatal(err)
	}
	token, err := i.Mint("u-17", grants(county), time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("token remembered", func(b *testing.B) { admit(b, v, token, verifyNeed, verify) })
	b.Run("token verified each time", func(b *testing.B) { admit(b, forgetful{i}, token, verifyNeed, verify) })
	b.Run("batch of 1000", func(b *testing.B) {
		all := batch()
		for range 1000 {
			all.Requests = append(all.Requests, delivery(here, ours))
		}
		admit(b, known, "caller", deliverAll, all)
	})
}

// forgetful uses a new cache of tokens for each call.
type forgetful struct {
	issuer interface{ Verifier() (*access.OIDC, error) }
}

func (f forgetful) Verify(ctx context.Context, token string) (access.Principal, error) {
	v, err := f.issuer.Verifier()
	if err != nil {
		return access.Principal{}, err
	}
	return v.Verify(ctx, token)
}
