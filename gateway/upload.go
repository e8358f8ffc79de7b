package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
)

// uploads serves the RPCs with a stream of requests. The code that the runtime generates for them ends the stream of
// requests after any error in the body, as if the client had sent everything, and the service would write the rows
// before the error. Here such an error cancels the call.
type uploads struct {
	problems problemWriter
	lines    *lines
	peers    map[protoreflect.FullName]grpc.ClientConnInterface // by the package of their services
	api      *runtime.ServeMux                                  // set once it has this middleware
}

func newUploads(p problemWriter, d Deps) *uploads {
	return &uploads{problems: p, lines: jsonLines(), peers: map[protoreflect.FullName]grpc.ClientConnInterface{
		orgv1.File_wancun_org_v1_organization_proto.Package():    d.Org,
		villagev1.File_wancun_village_v1_need_proto.Package():    d.Village,
		actionv1.File_wancun_action_v1_delivery_proto.Package():  d.Action,
		reportv1.File_wancun_report_v1_statement_proto.Package(): d.Report,
	}}
}

// instead is a middleware that serves these RPCs in place of the generated code.
func (u *uploads) instead(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		body, ok := r.Body.(*messagesBody)
		if !ok {
			next(w, r, path)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		o := u.problems.routes.of(r)
		ctx, err := runtime.AnnotateContext(ctx, u.api, r, o.method)
		if err != nil {
			u.problems.call(ctx, nil, nil, w, r, err)
			return
		}
		stream, err := u.send(ctx, o, body)
		if err != nil {
			cancel()
			u.problems.call(ctx, nil, nil, w, r, err)
			return
		}
		u.answer(ctx, w, r, o, stream)
	}
}

// send sends the messages of a body.
func (u *uploads) send(ctx context.Context, o origin, body *messagesBody) (grpc.ClientStream, error) {
	service := protoreflect.FullName(o.method[1:strings.LastIndexByte(o.method, '/')])
	stream, err := u.peers[service.Parent()].NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, o.method)
	if err != nil {
		return nil, err
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(o.request.FullName())
	if err != nil {
		return nil, err
	}
	for {
		m := kind.New().Interface()
		err := body.decode(m)
		if errors.Is(err, io.EOF) {
			return stream, stream.CloseSend()
		}
		if err != nil {
			return nil, err
		}
		if err := stream.SendMsg(m); errors.Is(err, io.EOF) { // the service has refused; RecvMsg returns why
			return stream, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// answer writes a line for each answer. A refusal before the first line is a problem with its status.
func (u *uploads) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, o origin, stream grpc.ClientStream) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(o.response)
	if err != nil {
		u.problems.call(ctx, nil, nil, w, r, err)
		return
	}
	for begun := false; ; begun = true {
		var line []byte
		m := kind.New().Interface()
		err := stream.RecvMsg(m)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil && !begun:
			u.problems.call(ctx, nil, nil, w, r, err)
			return
		case err != nil:
			line = u.problems.problemOf(r, u.problems.public(ctx, o.method, err), o.method).element()
		default:
			if line, err = u.lines.Marshal(map[string]proto.Message{"result": m}); err != nil {
				line = u.problems.problemOf(r, fault.Status(err), o.method).element()
			}
		}
		if !begun {
			w.Header().Set("Content-Type", jsonLinesType)
		}
		if _, broken := w.Write(append(line, '\n')); broken != nil || err != nil {
			return
		}
		if http.NewResponseController(w).Flush() != nil {
			return // the client has gone
		}
	}
}
