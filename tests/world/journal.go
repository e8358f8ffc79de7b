package world

import (
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

func journalSample() Sample {
	const log = "logs/org"
	return Sample{
		Service: "JournalService",
		Others: map[string]proto.Message{
			"Read":                &journalv1.ReadRequest{Log: log, Limit: 1, Decode: true},
			"GetCheckpoint":       &journalv1.GetCheckpointRequest{Log: log, Size: 1},
			"GetInclusionProof":   &journalv1.GetInclusionProofRequest{Log: log, Position: 1, Size: 1},
			"GetConsistencyProof": &journalv1.GetConsistencyProofRequest{Log: log, OldSize: 1, Size: 1},
		},
	}
}
