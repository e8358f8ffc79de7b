package server_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
)

// recorder records the needs that it is asked to create.
type recorder struct {
	villagev1.UnimplementedNeedServiceServer
	got *villagev1.CreateNeedRequest
}

func (r *recorder) CreateNeed(_ context.Context, q *villagev1.CreateNeedRequest) (*villagev1.Need, error) {
	r.got = q
	return q.GetNeed(), nil
}

func (r *recorder) register(s grpc.ServiceRegistrar) { villagev1.RegisterNeedServiceServer(s, r) }

func needOf(description string) *villagev1.CreateNeedRequest {
	return &villagev1.CreateNeedRequest{Parent: village, Need: &villagev1.Need{
		Category: "roads", Quantity: 3, Unit: "km", Description: description, Etag: "e\u0301  ", SurveyDate: &date.Date{Year: 2019, Month: 8, Day: 20},
	}}
}

func TestAHandlerSeesTextsInTheirNormalForm(t *testing.T) {
	r := &recorder{}
	s := newServer(t, server.Config{}, nil, r.register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		sent := needOf("道路\u3000坏了\r\ncafe\u0301\u00a0")
		sent.Parent, sent.Need.Category = village+"\u3000", " roads"
		before := proto.CloneOf(sent)
		if _, err := villagev1.NewNeedServiceClient(conn).CreateNeed(asClerk(t.Context()), sent); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(needOf("道路 坏了\ncafé"), r.got, protocmp.Transform()); diff != "" {
			t.Errorf("the handler saw another request (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, sent, protocmp.Transform()); diff != "" {
			t.Errorf("the caller's message was changed:\n%s", diff)
		}
	})
}

func TestLengthIsThatOfTheNormalForm(t *testing.T) {
	r := &recorder{}
	s := newServer(t, server.Config{}, nil, r.register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		long := ""
		for range 2000 {
			long += "e\u0301"
		}
		if _, err := villagev1.NewNeedServiceClient(conn).CreateNeed(asClerk(t.Context()), needOf(long)); err != nil {
			t.Errorf("2,000 letters with an accent each: %v", err)
		}
	})
}

func TestATextThatHidesSomethingIsRefusedWithWhatElseIsWrong(t *testing.T) {
	s := newServer(t, server.Config{}, nil, (&recorder{}).register, stream().register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		sent := needOf("道路\u200b坏了")
		sent.Need.Quantity = -1
		_, err := villagev1.NewNeedServiceClient(conn).CreateNeed(asClerk(t.Context()), sent)
		refused, _ := fault.From(err)
		want := []fault.Violation{
			{
				Field: "need.description", Reason: "INVISIBLE_CHARACTER", Description: "must not have invisible characters; character 3 is U+200B",
				Chinese: "不能含有不可见字符：第 3 个字符是 U+200B",
			},
			{Field: "need.quantity", Reason: "INT64_GT_LTE", Description: "must be greater than 0 and at most 1,000,000,000,000", Chinese: "须大于 0，且不大于 1,000,000,000,000"},
		}
		if diff := cmp.Diff(want, refused.Violations()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		err = readAll(asAuditor(t.Context()), conn, &journalv1.ReadRequest{Log: "logs/village", Resource: "villages/\u200b"})
		if refused, _ := fault.From(err); refused.Reason() != "INVALID_REQUEST" || refused.Violations()[0].Field != "resource" {
			t.Errorf("a stream: %v", err)
		}
	})
	t.Run("but only to a caller who may call", func(t *testing.T) {
		_, err := villagev1.NewNeedServiceClient(s.Conn()).CreateNeed(t.Context(), needOf("\u200b"))
		if refused, _ := fault.From(err); refused == nil || refused.Reason() == "INVALID_REQUEST" {
			t.Errorf("a caller without a token is answered %v", err)
		}
	})
}
