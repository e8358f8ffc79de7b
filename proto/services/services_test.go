package services_test

import (
	"slices"
	"testing"

	"github.com/wancun/wancun/proto/services"
)

func TestNoPartCallsItselfAndNoServiceCallsReport(t *testing.T) {
	for _, part := range services.Parts() {
		if slices.Contains(services.Peers(part), part) {
			t.Errorf("%s calls itself", part)
		}
	}
	if got := services.Callers(services.Report); !slices.Equal(got, []string{services.Gateway}) {
		t.Errorf("report is called by %v, want the gateway alone", got)
	}
	if got := services.Callers(services.Village); !slices.Equal(got, []string{services.Org, services.Action, services.Report, services.Gateway}) {
		t.Errorf("village is called by %v", got)
	}
}
