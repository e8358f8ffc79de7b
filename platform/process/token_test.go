package process_test

import (
	"context"
	"io"
	"os"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/process/processtest"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

// telltale returns the subject of the caller as the note of a checkpoint. To answer a Proof it calls itself.
type telltale struct {
	journalv1.UnimplementedJournalServiceServer

	peer journalv1.JournalServiceClient
}

func (s *telltale) GetCheckpoint(ctx context.Context, _ *journalv1.GetCheckpointRequest) (*journalv1.Checkpoint, error) {
	return &journalv1.Checkpoint{Note: access.From(ctx).Subject}, nil
}

func (s *telltale) GetInclusionProof(ctx context.Context, _ *journalv1.GetInclusionProofRequest) (*journalv1.InclusionProof, error) {
	c, err := s.peer.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/toy"})
	return &journalv1.InclusionProof{Hashes: [][]byte{[]byte(c.GetNote())}}, err
}

func TestTheOwnTokenIsReadAgainAndNeverSentForACaller(t *testing.T) {
	path := processtest.File(t, "token", token("report"))
	var given struct{ TokenFile config.SecretFile }
	_, err := config.Parse(config.Program{Name: "toy", Args: []string{"--token-file", path}, Stdout: io.Discard, Stderr: io.Discard}, &given)
	if err != nil {
		t.Fatal(err)
	}
	network := servertest.New(t, server.Config{})
	conn := process.AsItself(client.Wrap(network.Conn()), given.TokenFile)
	journals := journalv1.NewJournalServiceClient(conn)
	journalv1.RegisterJournalServiceServer(network, &telltale{peer: journals})
	if err := network.Start(); err != nil {
		t.Fatal(err)
	}
	subject := func() string {
		c, err := journals.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/toy"})
		if err != nil {
			t.Fatal(err)
		}
		return c.GetNote()
	}

	if got := subject(); got != "report" {
		t.Errorf("the call is made in the name of %q", got)
	}
	if err := os.WriteFile(path, []byte(token("renewed")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := subject(); got != "renewed" {
		t.Errorf("after the renewal the call is made in the name of %q", got)
	}
	caller := servertest.As(t.Context(), "somebody", servertest.Grant(accessv1.Grant_AUDITOR))
	proof, err := journalv1.NewJournalServiceClient(network.Conn()).GetInclusionProof(caller, &journalv1.GetInclusionProofRequest{Log: "logs/toy", Position: 1, Size: 1})
	if err != nil || string(proof.GetHashes()[0]) != "somebody" {
		t.Errorf("while a call is handled the peer is asked in the name of %s, %v", proof.GetHashes(), err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = journals.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/toy"}, grpc.WaitForReady(true))
	if f, ok := fault.From(err); !ok || f.Code() != codes.Unavailable || f.Reason() != "OWN_TOKEN_MISSING" {
		t.Errorf("without the file the call fails with %v", err)
	}
}

func token(subject string) string {
	return access.From(servertest.As(context.Background(), subject, servertest.Grant(accessv1.Grant_INTERNAL_SYSTEM))).Token
}
