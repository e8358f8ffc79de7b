package server_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

func TestAFieldThatTheServerDoesNotKnowIsRefusedAndNotDropped(t *testing.T) {
	newer := protowire.AppendVarint(protowire.AppendTag(nil, 987, protowire.VarintType), 1)
	r := &recorder{}
	s := newServer(t, server.Config{}, nil, r.register, stream().register)
	with := func(place func(*villagev1.CreateNeedRequest) proto.Message) *villagev1.CreateNeedRequest {
		request := needOf("roads")
		place(request).ProtoReflect().SetUnknown(newer)
		return request
	}
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		for where, request := range map[string]*villagev1.CreateNeedRequest{
			"":                 with(func(q *villagev1.CreateNeedRequest) proto.Message { return q }),
			"need":             with(func(q *villagev1.CreateNeedRequest) proto.Message { return q.GetNeed() }),
			"need.survey_date": with(func(q *villagev1.CreateNeedRequest) proto.Message { return q.GetNeed().GetSurveyDate() }),
		} {
			_, err := villagev1.NewNeedServiceClient(conn).CreateNeed(asClerk(t.Context()), request)
			refused, ok := fault.From(err)
			if !ok || refused.Code() != codes.InvalidArgument || refused.Reason() != "UNKNOWN_FIELD" || len(refused.Violations()) != 1 {
				t.Fatalf("a new field in %q is answered %v", where, err)
			}
			if v := refused.Violations()[0]; v.Field != where || !strings.Contains(v.Description, "number 987") {
				t.Errorf("a new field in %q: %+v", where, v)
			}
		}
		if r.got != nil {
			t.Errorf("the handler was called with %v", r.got)
		}
		batch := &villagev1.BatchCreateNeedsRequest{Parent: "villages/-", Requests: []*villagev1.CreateNeedRequest{needOf("a"), with(func(q *villagev1.CreateNeedRequest) proto.Message { return q.GetNeed() })}}
		_, err := villagev1.NewNeedServiceClient(conn).BatchCreateNeeds(asClerk(t.Context()), batch)
		if refused, ok := fault.From(err); !ok || len(refused.Violations()) != 1 || refused.Violations()[0].Field != "requests[1].need" {
			t.Errorf("a new field in a row is answered %v", err)
		}
		read := &journalv1.ReadRequest{Log: "logs/village"}
		read.ProtoReflect().SetUnknown(newer)
		auditor := servertest.As(t.Context(), "auditor", servertest.Grant(accessv1.Grant_AUDITOR))
		messages, err := journalv1.NewJournalServiceClient(conn).Read(auditor, read)
		if err == nil {
			_, err = messages.Recv()
		}
		if refused, ok := fault.From(err); !ok || refused.Reason() != "UNKNOWN_FIELD" {
			t.Errorf("a new field in the request of a stream is answered %v", err)
		}
	})
}
