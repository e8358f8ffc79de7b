package overview

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// Server implements GetOverview.
type Server struct {
	rollups *rollup.Store
	cache   *cache.Cache
}

// New returns a Server.
func New(rollups *rollup.Store, c *cache.Cache) *Server { return &Server{rollups: rollups, cache: c} }

// GetOverview returns an Overview as encoded JSON. The response header `etag` contains its generation.
func (s *Server) GetOverview(ctx context.Context, r *reportv1.GetOverviewRequest) (*httpbody.HttpBody, error) {
	s.cache.Advance(s.rollups.Generation())
	campaign := strings.TrimSuffix(r.GetName(), "/overview")
	answer, err := s.answer(ctx, campaign, r)
	if err != nil {
		return nil, err
	}
	etag := strconv.Quote(strconv.FormatInt(answer.Generation, 10))
	if err := grpc.SetHeader(ctx, metadata.Pairs("etag", etag)); err != nil {
		return nil, fmt.Errorf("send etag: %w", err)
	}
	return &httpbody.HttpBody{ContentType: "application/json", Data: answer.Data}, nil
}

// answer returns the overview of the present from the cache, and computes that of an earlier moment.
func (s *Server) answer(ctx context.Context, campaign string, r *reportv1.GetOverviewRequest) (cache.Answer, error) {
	if r.GetAsKnownAt() != "" {
		return s.compute(ctx, campaign, r.GetAsKnownAt())
	}
	return s.cache.Get(ctx, r.GetName(), r.GetMinGeneration(), func(ctx context.Context) (cache.Answer, error) {
		return s.compute(ctx, campaign, "")
	})
}

// compute reads an overview in one snapshot and encodes it.
func (s *Server) compute(ctx context.Context, campaign, asKnownAt string) (cache.Answer, error) {
	var found stored
	err := s.rollups.Snapshot(ctx, "as_known_at", asKnownAt, func(ctx context.Context, q database.Querier, m *rollup.Moment) (err error) {
		found, err = load(ctx, q, campaign, m)
		return err
	})
	if err != nil {
		return cache.Answer{}, err
	}
	raw, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(found.overview())
	if err != nil {
		return cache.Answer{}, fmt.Errorf("encode overview: %w", err)
	}
	var data bytes.Buffer
	if err := json.Compact(&data, raw); err != nil { // protojson randomizes its white space
		return cache.Answer{}, fmt.Errorf("encode overview: %w", err)
	}
	return cache.Answer{Generation: found.asOf.GetGeneration(), Data: data.Bytes()}, nil
}
