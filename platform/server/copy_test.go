package server_test

import (
	"context"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/server"
)

func TestNeitherSideOfACallInTheProcessSeesWhatTheOtherDoesWithItsMessage(t *testing.T) {
	kept := &villagev1.Need{Name: aNeed, SurveyDate: &date.Date{Year: 2019}}
	n := &needs{get: func(_ context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		r.Name = "overwritten"
		return kept, nil
	}}
	s := newServer(t, server.Config{}, nil, n.register)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	request := &villagev1.GetNeedRequest{Name: aNeed}
	answer, err := villagev1.NewNeedServiceClient(s.Conn()).GetNeed(asLeader(t.Context()), request)
	if err != nil {
		t.Fatal(err)
	}
	answer.SurveyDate.Year = 1
	if request.GetName() != aNeed {
		t.Errorf("the handler changed the caller's request: %v", request)
	}
	if kept.GetSurveyDate().GetYear() != 2019 {
		t.Errorf("the caller changed what the handler keeps: %v", kept)
	}
}
