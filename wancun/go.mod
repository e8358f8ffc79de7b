module github.com/wancun/wancun/wancun

go 1.26.0

require github.com/wancun/wancun/proto v0.0.0

require (
	buf.build/go/protovalidate v1.4.0
	github.com/google/go-cmp v0.7.0
	github.com/google/uuid v1.6.0
	github.com/sethvargo/go-retry v0.5.0
	golang.org/x/sync v0.24.0
	golang.org/x/text v0.43.0
	google.golang.org/genproto v0.0.0-20261026165753-2ffab32bce7e
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/alecthomas/kong v1.17.0 // indirect
	github.com/fullstorydev/grpchan v1.1.2 // indirect
	github.com/gofrs/flock v0.13.2 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/schollz/progressbar/v3 v3.19.1 // indirect
	golang.org/x/term v0.47.0 // indirect
)

require (
	buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go v1.36.12-20260825204119-511051f7f437.1 // indirect
	cel.dev/cel-go v0.32.0 // indirect
	cel.dev/expr v0.25.3 // indirect
	github.com/antlr4-go/antlr/v4 v4.13.1 // indirect
	github.com/grpc-ecosystem/grpc-gateway/v2 v2.33.0 // indirect
	github.com/wancun/wancun/gateway v0.0.0
	github.com/wancun/wancun/platform v0.0.0
	github.com/wancun/wancun/services/action v0.0.0
	github.com/wancun/wancun/services/org v0.0.0
	github.com/wancun/wancun/services/report v0.0.0
	github.com/wancun/wancun/services/village v0.0.0
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/exp v0.0.0-20261014143641-f0251eb4aa3e // indirect
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/genproto/googleapis/api v0.0.0-20261026165753-2ffab32bce7e // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261019180522-ce908d29299b // indirect
)

replace github.com/wancun/wancun/proto => ../proto

replace github.com/wancun/wancun/platform => ../platform

replace github.com/wancun/wancun/services/org => ../services/org

replace github.com/wancun/wancun/services/village => ../services/village

replace github.com/wancun/wancun/services/action => ../services/action

replace github.com/wancun/wancun/services/report => ../services/report

replace github.com/wancun/wancun/gateway => ../gateway
