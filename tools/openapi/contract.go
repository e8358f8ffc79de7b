package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

const (
	ours     = "wancun/"
	httpBody = "google.api.HttpBody"
)

// Contract is the content of the protos.
type Contract struct {
	set   *descriptorpb.FileDescriptorSet
	files *protoregistry.Files
	// methods are the RPCs of the suite, by operation id: Service_Method.
	methods map[string]protoreflect.MethodDescriptor
	// variables maps a collection in a resource name to the name of its ids: villages -> village.
	variables map[string]string
}

// ReadContract reads an encoded FileDescriptorSet. It must contain every imported file, and source info for the
// comments.
func ReadContract(image []byte) (*Contract, error) {
	c := &Contract{
		set:       &descriptorpb.FileDescriptorSet{},
		methods:   map[string]protoreflect.MethodDescriptor{},
		variables: map[string]string{},
	}
	if err := proto.Unmarshal(image, c.set); err != nil {
		return nil, fmt.Errorf("decode the image: %w", err)
	}
	var err error
	if c.files, err = protodesc.NewFiles(c.set); err != nil {
		return nil, fmt.Errorf("link the image: %w", err)
	}
	var failed error
	c.files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(file.Path(), ours) {
			failed = errors.Join(failed, c.read(file))
		}
		return true
	})
	return c, failed
}

func (c *Contract) read(file protoreflect.FileDescriptor) error {
	named, _ := proto.GetExtension(file.Options(), annotations.E_ResourceDefinition).([]*annotations.ResourceDescriptor)
	for _, resource := range named {
		c.name(resource.GetPattern())
	}
	for i := range file.Messages().Len() {
		if resource := resourceOf(file.Messages().Get(i)); resource != nil {
			c.name(resource.GetPattern())
		}
	}
	for i := range file.Services().Len() {
		methods := file.Services().Get(i).Methods()
		for j := range methods.Len() {
			method := methods.Get(j)
			id := operationID(method)
			if other, taken := c.methods[id]; taken {
				return fmt.Errorf("%s and %s have the same operation id %s", other.FullName(), method.FullName(), id)
			}
			c.methods[id] = method
		}
	}
	return nil
}

// operationID returns the operation id that the plugin gives to a method.
func operationID(method protoreflect.MethodDescriptor) string {
	return string(method.Parent().Name()) + "_" + string(method.Name())
}

// name reads the names of a collection's ids from patterns such as villages/{village}/needs/{need}.
func (c *Contract) name(patterns []string) {
	for _, pattern := range patterns {
		segments := strings.Split(pattern, "/")
		for i := 1; i < len(segments); i++ {
			if id, ok := strings.CutPrefix(segments[i], "{"); ok {
				c.variables[segments[i-1]] = strings.TrimSuffix(id, "}")
			}
		}
	}
}

// Translate runs the plugin on each file that has routes, one at a time.
func (c *Contract) Translate(ctx context.Context, plugin string) ([]*Document, error) {
	request := &pluginpb.CodeGeneratorRequest{Parameter: proto.String("disable_default_errors=true")}
	for _, file := range c.set.GetFile() {
		if strings.HasPrefix(file.GetName(), ours) {
			request.FileToGenerate = append(request.FileToGenerate, file.GetName())
		}
		request.ProtoFile = append(request.ProtoFile, withTypedBodies(file))
	}
	wire, err := proto.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode the request to the plugin: %w", err)
	}
	var out bytes.Buffer
	command := exec.CommandContext(ctx, plugin)
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(wire), &out, os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("run %s: %w", plugin, err)
	}
	response := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(out.Bytes(), response); err != nil {
		return nil, fmt.Errorf("decode the answer of %s: %w", plugin, err)
	}
	if response.GetError() != "" {
		return nil, fmt.Errorf("%s: %s", plugin, response.GetError())
	}
	var documents []*Document
	for _, file := range response.GetFile() {
		document := &Document{}
		if err := decode([]byte(file.GetContent()), document); err != nil {
			return nil, fmt.Errorf("%s: %w", file.GetName(), err)
		}
		documents = append(documents, document)
	}
	return documents, nil
}

// withTypedBodies replaces HttpBody by its content where the contract defines it: a method GetX that returns an
// HttpBody, in a file with a message X, returns the JSON of that message.
func withTypedBodies(file *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	file = proto.CloneOf(file)
	for _, service := range file.GetService() {
		for _, method := range service.GetMethod() {
			held, get := strings.CutPrefix(method.GetName(), "Get")
			beside := slices.ContainsFunc(file.GetMessageType(), func(m *descriptorpb.DescriptorProto) bool {
				return m.GetName() == held
			})
			if get && beside && method.GetOutputType() == "."+httpBody {
				method.OutputType = proto.String("." + file.GetPackage() + "." + held)
			}
		}
	}
	return file
}

// operationIDs returns the operation ids of the RPCs that have an HTTP rule.
func (c *Contract) operationIDs() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.methods)), func(id string) bool {
		return !proto.HasExtension(c.methods[id].Options(), annotations.E_Http)
	})
}

// resourceOf returns the resource option of a message, nil if it has none.
func resourceOf(message protoreflect.MessageDescriptor) *annotations.ResourceDescriptor {
	return extension[*annotations.ResourceDescriptor](message.Options(), annotations.E_Resource)
}

// policy returns the access policy of a method.
func policy(method protoreflect.MethodDescriptor) *accessv1.Policy {
	return extension[*accessv1.Policy](method.Options(), accessv1.E_Policy)
}

// extension returns the value of an option; the zero message if it is not set.
func extension[M proto.Message](options proto.Message, kind protoreflect.ExtensionType) M {
	value, _ := proto.GetExtension(options, kind).(M)
	return value
}
