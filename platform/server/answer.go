package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// reasonDraining is the reason of the error that ends streams when the server stops.
const reasonDraining = "DRAINING"

// answerer converts errors and panics into the status that the caller receives, and writes the log line of the call.
type answerer struct {
	log     *slog.Logger
	refused *slog.Logger // limits the lines of failures with a shared cause, such as a full disk or too many calls
	clock   func() time.Time
}

func newAnswerer(d Deps) *answerer {
	limit := loglimit.Config{Keys: []string{"method", "code", "reason"}}
	return &answerer{log: d.Logger, refused: loglimit.New(d.Logger, limit), clock: d.Clock}
}

func (a *answerer) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	begin := a.clock()
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
		if err = a.answer(ctx, info.FullMethod, begin, err); err != nil {
			response = nil
		}
	}()
	return handler(ctx, request)
}

func (a *answerer) stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	begin := a.clock()
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
		err = a.answer(stream.Context(), info.FullMethod, begin, err)
	}()
	return handler(service, stream)
}

func (a *answerer) answer(ctx context.Context, method string, begin time.Time, err error) error {
	st := fault.Status(err)
	level := levelOf(st)
	if !a.log.Enabled(ctx, level) {
		return st.Err()
	}
	attributes := []slog.Attr{
		slog.String("method", method), slog.String("code", st.Code().String()), slog.Duration("duration", a.clock().Sub(begin)),
	}
	if p, ok := peer.FromContext(ctx); ok {
		attributes = append(attributes, slog.String("peer", p.Addr.String()))
	}
	log := a.log
	if level == slog.LevelWarn {
		log = a.refused
	}
	log.LogAttrs(ctx, level, "call", append(attributes, operatorsPart(st, err, level)...)...)
	return st.Err()
}

// operatorsPart returns the log attributes of a failed call. For a refusal it returns only the reason, because the text
// of a refusal repeats what the caller sent, which may be anything. For a failure of the server it adds the cause.
func operatorsPart(st *status.Status, err error, level slog.Level) []slog.Attr {
	if err == nil {
		return nil
	}
	var attributes []slog.Attr
	if refused, ok := fault.From(st.Err()); ok {
		attributes = append(attributes, slog.String("reason", refused.Reason()))
	}
	if level < slog.LevelWarn {
		return attributes
	}
	attributes = append(attributes, slog.String("error", err.Error()))
	if p, ok := err.(*panicError); ok {
		attributes = append(attributes, slog.String("stack", string(p.stack)))
	}
	return attributes
}

// levelOf returns the log level of a call that ended with a status. Streams ended by a drain have level INFO, since
// every stop ends some. DATA_LOSS has level INFO too, because it is logged once where the damage is found.
func levelOf(st *status.Status) slog.Level {
	switch st.Code() {
	case codes.Internal, codes.Unknown:
		return slog.LevelError
	case codes.Unavailable:
		if f, ok := fault.From(st.Err()); ok && f.Reason() == reasonDraining {
			return slog.LevelInfo
		}
		return slog.LevelWarn
	case codes.ResourceExhausted, codes.DeadlineExceeded, codes.Unimplemented:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// panicError is a panic as an untyped error: the caller receives INTERNAL without its text.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
