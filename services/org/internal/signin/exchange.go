package signin

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/org/internal/grant"
)

// ExchangeSecret also records that the session is used.
func (s *server) ExchangeSecret(ctx context.Context, r *orgv1.ExchangeSecretRequest) (*orgv1.ExchangeSecretResponse, error) {
	account, name, err := s.sessionOf(r.GetSecret())
	if err != nil {
		return nil, err
	}
	if s.tokens == nil {
		return nil, fault.Unavailable("NO_SIGNING_KEY", 0, nil)
	}
	now := s.kit.Clock()
	until, err := s.lasts(ctx, account, name, now)
	if err != nil {
		return nil, err
	}
	given, err := s.grants.Where(ctx, s.kit.DB.Reader(), "parent", account)
	if err != nil {
		return nil, err
	}
	life := min(access.RevocableLife, until.Sub(now)).Truncate(time.Second)
	if life <= 0 {
		return nil, sessionOver()
	}
	if err := s.used(ctx, name, now); err != nil {
		return nil, err
	}
	token, err := s.tokens.Sign(issuer.Token{
		Subject: account[len("accounts/"):], Grants: grant.InForce(given, day.Today(now).Date()), TTL: life, Session: name,
	})
	return &orgv1.ExchangeSecretResponse{Token: token, ExpireTime: timestamppb.New(now.Add(life))}, err
}

// lasts returns until when a session lasts. The error is SESSION_OVER if it does not any more.
func (s *server) lasts(ctx context.Context, account, name string, now time.Time) (time.Time, error) {
	sessions, err := s.sessions.Peek(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	accounts, err := s.accounts.Peek(ctx, account)
	if err != nil {
		return time.Time{}, err
	}
	used, err := s.lastUse(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	m := sessions[name]
	if m == nil || m.GetEndTime() != nil || accounts[account].GetState() != orgv1.Account_ACTIVE || !now.Before(used.Add(idleLife)) {
		return time.Time{}, sessionOver()
	}
	return m.GetExpireTime().AsTime(), nil
}

func (s *server) lastUse(ctx context.Context, name string) (time.Time, error) {
	found, err := database.All[struct {
		Used int64 `db:"use_us"`
	}](ctx, s.kit.DB.Reader(), `SELECT use_us FROM session_uses WHERE session = $1`, name)
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(found[0].Used), nil
}

// used records the use of a session.
func (s *server) used(ctx context.Context, name string, now time.Time) error {
	if err := s.kit.DB.Apply(ctx, []database.Statement{{
		SQL: `INSERT INTO session_uses (session, use_us) VALUES ($1, $2)
			ON CONFLICT (session) DO UPDATE SET use_us = excluded.use_us`,
		Args: []any{name, now.UnixMicro()}, Rows: 1,
	}}); err != nil {
		return fmt.Errorf("record the use of a session: %w", err)
	}
	return nil
}

// revoked is a row that makes tokens useless.
type revoked struct {
	Name string `db:"name"`
	// At is the time of the change in microseconds, 0 if all tokens are useless.
	At int64 `db:"at"`
}

// ReadRevocations returns the sessions that have ended, and the accounts whose state or grants have changed.
func (s *server) ReadRevocations(ctx context.Context, r *orgv1.ReadRevocationsRequest) (*orgv1.ReadRevocationsResponse, error) {
	now := s.kit.Clock()
	since := now.Add(-2 * access.RevocableLife)
	if r.GetSince() != nil && r.GetSince().AsTime().After(since) {
		since = r.GetSince().AsTime()
	}
	rows, err := database.All[revoked](ctx, s.kit.DB.Reader(), `
		SELECT name, CAST(0 AS BIGINT) AS at FROM sessions WHERE end_time > 0 AND end_time >= $1
		UNION ALL SELECT parent AS name, update_us AS at FROM grants WHERE update_us >= $1
		UNION ALL SELECT name, update_us AS at FROM accounts WHERE update_us >= $1 AND revision > 1`, since.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("read revocations: %w", err)
	}
	answer := &orgv1.ReadRevocationsResponse{AsOf: timestamppb.New(now)}
	for _, row := range rows {
		digest := access.DigestOf(row.Name)
		one := &orgv1.Revocation{Digest: digest[:]}
		if row.At > 0 {
			one.IssuedBefore = timestamppb.New(time.UnixMicro(row.At))
		}
		answer.Revocations = append(answer.Revocations, one)
	}
	return answer, nil
}
