package server_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

// describe registers a service with one method in the test binary. The options of field are on a message two levels
// deep in the request.
func describe(t *testing.T, service, method, field string) *grpc.ServiceDesc {
	t.Helper()
	text := `
		name: "` + service + `.proto" package: "` + service + `" syntax: "proto3"
		dependency: "wancun/access/v1/access.proto" dependency: "buf/validate/validate.proto"
		message_type { name: "Request" field { name: "inner" number: 1 type: TYPE_MESSAGE type_name: ".` + service + `.Inner" label: LABEL_REPEATED } }
		message_type { name: "Inner" field { name: "text" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL options { ` + field + ` } } }
		service { name: "Service" method { name: "Method" input_type: ".` + service + `.Request" output_type: ".` + service + `.Request"
			options { ` + method + ` } } }`
	desc := &grpc.ServiceDesc{ServiceName: service + ".Service", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{MethodName: "Method"}}}
	file := &descriptorpb.FileDescriptorProto{}
	if err := prototext.Unmarshal([]byte(text), file); err != nil {
		t.Fatal(err)
	}
	d, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := protoregistry.GlobalFiles.FindFileByPath(d.Path()); err == nil { // an earlier run with -count
		return desc
	}
	if err := protoregistry.GlobalFiles.RegisterFile(d); err != nil {
		t.Fatal(err)
	}
	return desc
}

func TestAServerThatCannotKeepItsPromisesDoesNotStart(t *testing.T) {
	const policy = `[wancun.access.v1.policy] { audience: READERS }`
	for _, c := range []struct{ name, method, field, want string }{
		{"nopolicy", "", "", "policy of /boot.nopolicy.Service/Method"},
		{"badexpression", policy, `[buf.validate.field] { cel { id: "x" expression: "this.nothing(" } }`, "boot.badexpression"},
		{"wrongrule", policy, `[buf.validate.field] { int64 { gt: 1 } }`, "boot.wrongrule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, server.Config{}, nil, echo().register)
			s.RegisterService(describe(t, "boot."+c.name, c.method, c.field), struct{}{})
			if err := s.Start(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("Start = %v, want an error that names %q", err, c.want)
			}
			_, err := villagev1.NewNeedServiceClient(s.Conn()).GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed})
			if status.Code(err) != codes.Unavailable {
				t.Errorf("a call after the failed boot: %v, want UNAVAILABLE", err)
			}
		})
	}
	t.Run("a service that keeps them does", func(t *testing.T) {
		s := newServer(t, server.Config{}, nil)
		s.RegisterService(describe(t, "boot.good", policy, `[buf.validate.field] { string { max_len: 3 } }`), struct{}{})
		if err := s.Start(); err != nil || len(s.Matrix()) != 1 {
			t.Errorf("Start = %v with the matrix %v", err, s.Matrix())
		}
	})
}

func TestAServerThatLacksSomethingIsNotMade(t *testing.T) {
	for name, spoil := range map[string]func(*server.Deps){
		"no verifier": func(d *server.Deps) { d.Verifier = nil },
		"no logger":   func(d *server.Deps) { d.Logger = nil },
		"no clock":    func(d *server.Deps) { d.Clock = nil },
	} {
		d := server.Deps{Verifier: servertest.Verifier(t), Logger: servertest.Logger(t), Clock: time.Now}
		spoil(&d)
		if _, err := server.New(server.Config{}, d); err == nil {
			t.Errorf("%s: New made a server", name)
		}
	}
}

func TestTheConnectionMayBeHandedOutBeforeTheStart(t *testing.T) {
	s := newServer(t, server.Config{}, nil, echo().register)
	c := villagev1.NewNeedServiceClient(s.Conn())
	get := func() codes.Code {
		_, err := c.GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed})
		return status.Code(err)
	}
	if got := get(); got != codes.Unavailable {
		t.Errorf("before the start: %v, want UNAVAILABLE", got)
	}
	for range 2 {
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if got := get(); got != codes.OK {
		t.Errorf("after the start: %v, want OK", got)
	}
}
