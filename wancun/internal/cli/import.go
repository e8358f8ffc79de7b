package cli

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/wancun/internal/sheet"
)

// step is a message with which an import answers.
type step interface {
	GetProgress() *resourcev1.ImportProgress
	GetResult() *resourcev1.ImportResult
}

// imported sends the rows of an import and returns its result.
func imported[In, Out any](stream grpc.BidiStreamingClient[In, Out], request proto.Message, report func(done int)) (outcome, error) {
	sent := 0
	for _, portion := range sheet.Portions(request) {
		err := stream.SendMsg(portion)
		if errors.Is(err, io.EOF) { // Recv returns why
			break
		}
		if err != nil {
			return outcome{}, err
		}
		sent += sheet.RowsIn(portion)
		report(sent)
	}
	if err := stream.CloseSend(); err != nil {
		return outcome{}, err
	}
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return outcome{}, errors.New("the import ended without a result")
		}
		if err != nil {
			return outcome{}, err
		}
		at, ok := any(answer).(step)
		if !ok {
			return outcome{}, fmt.Errorf("%T is no step of an import", answer)
		}
		if r := at.GetResult(); r != nil {
			return outcome{created: r.GetCreatedCount(), unchanged: r.GetUnchangedCount()}, nil
		}
		if n := at.GetProgress().GetWrittenCount(); n > 0 {
			report(int(n))
		} else {
			report(int(at.GetProgress().GetCheckedCount()))
		}
	}
}
