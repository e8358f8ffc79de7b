package world

import (
	"cmp"
	"regexp"
	"strings"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// Sample is what the tests know of the resources of one gRPC service. The requests of the standard methods, and of
// custom methods that take no more than a name and a reason, are derived from it by the names that aip.dev gives to the
// fields of requests.
type Sample struct {
	// Service is the short name of the gRPC service: NeedService.
	Service string
	// Create is a good request of the creation. A request id is added, and validate_only, so that a test can send it
	// any number of times. nil if the service creates nothing one by one.
	Create proto.Message
	// There is a creation that Prepare sends. nil if Build has created what Name names.
	There proto.Message
	// Name returns the name of the resource that is there, for an RPC without the service's name. nil means that each
	// RPC that reads or changes one resource has one of its own, a copy of Create in the first state in which the RPC
	// is allowed. Prepare creates them.
	Name func(rpc string) string
	// Change is the resource as an update sends it, with other values, and without its name. The mask names all fields
	// that can change.
	Change proto.Message
	// Filter and OrderBy are those of the list.
	Filter, OrderBy string
	// ListParent and BatchParent are the parents of the list and of the batch, where it is not the one of Create.
	ListParent, BatchParent string
	// Others are the requests that cannot be derived, by RPC.
	Others map[string]proto.Message
}

// fixed returns the Name of a sample whose RPCs all speak of one resource.
func fixed(name string) func(string) string { return func(string) string { return name } }

// requestOf returns a good request of an RPC. It returns nil if the request cannot be derived and is none of Others.
func (p Sample) requestOf(m protoreflect.MethodDescriptor) proto.Message {
	rpc := string(m.Name())
	if other, there := p.Others[rpc]; there {
		return other
	}
	r := newMessage(m.Input())
	switch {
	case p.Create != nil && r.Descriptor().FullName() == p.Create.ProtoReflect().Descriptor().FullName():
		return p.creation(ID("new", p.Service))
	case strings.HasPrefix(rpc, "BatchCreate"), m.IsStreamingClient():
		p.batch(r)
	case strings.HasPrefix(rpc, "BatchGet"):
		add(r, "names", p.nameFor(rpc))
	case strings.HasPrefix(rpc, "List"):
		put(r, "parent", cmp.Or(p.ListParent, p.parent()))
		put(r, "page_size", int32(10))
		put(r, "filter", p.Filter)
		put(r, "order_by", p.OrderBy)
	case strings.HasPrefix(rpc, "Update") && p.Change != nil:
		p.update(r, p.nameFor(rpc))
	case r.Descriptor().Fields().ByName("name") != nil:
		put(r, "name", p.nameFor(rpc))
		put(r, "reason", "示例")
	default:
		return nil
	}
	return r.Interface()
}

// creation returns Create with a request id and validate_only, and with this id of the new resource, if callers choose
// it.
func (p Sample) creation(id string) proto.Message {
	r := proto.Clone(p.Create).ProtoReflect()
	put(r, "request_id", ID("create", p.Service, id))
	put(r, "validate_only", true)
	if f := idField(r.Descriptor()); f != nil && !r.Has(f) {
		r.Set(f, protoreflect.ValueOfString(id))
	}
	return r.Interface()
}

// batch fills the request of a batch, or the one message of an import.
func (p Sample) batch(r protoreflect.Message) {
	put(r, "parent", cmp.Or(p.BatchParent, p.parent()))
	put(r, "request_id", ID("batch", p.Service))
	put(r, "validate_only", true)
	p.acknowledge(r)
	r.Mutable(r.Descriptor().Fields().ByName("requests")).List().Append(
		protoreflect.ValueOfMessage(p.creation(ID("new in batch", p.Service)).ProtoReflect()))
}

func (p Sample) update(r protoreflect.Message, name string) {
	changed := proto.Clone(p.Change).ProtoReflect()
	put(changed, "name", name)
	mask := &fieldmaskpb.FieldMask{}
	for i := range changed.Descriptor().Fields().Len() {
		if f := changed.Descriptor().Fields().Get(i); changeable(f) {
			mask.Paths = append(mask.Paths, string(f.Name()))
		}
	}
	for i := range r.Descriptor().Fields().Len() {
		switch f := r.Descriptor().Fields().Get(i); {
		case f.Message() == nil:
		case f.Message().FullName() == changed.Descriptor().FullName():
			r.Set(f, protoreflect.ValueOfMessage(changed))
		case f.Name() == "update_mask":
			r.Set(f, protoreflect.ValueOfMessage(mask.ProtoReflect()))
		}
	}
	p.acknowledge(r)
}

// acknowledge gives a request the answers to questions that Create has.
func (p Sample) acknowledge(r protoreflect.Message) {
	given := p.Create.ProtoReflect()
	f := given.Descriptor().Fields().ByName("acknowledge")
	if f == nil {
		return
	}
	for i := range given.Get(f).List().Len() {
		add(r, "acknowledge", given.Get(f).List().Get(i).String())
	}
}

// parent returns the parent of Create, "" for resources without one.
func (p Sample) parent() string {
	if p.Create == nil {
		return ""
	}
	r := p.Create.ProtoReflect()
	if f := r.Descriptor().Fields().ByName("parent"); f != nil {
		return r.Get(f).String()
	}
	return ""
}

// nameFor returns the name of the resource that an RPC speaks of.
func (p Sample) nameFor(rpc string) string {
	if p.Name != nil {
		return p.Name(rpc)
	}
	return p.own(p.ownID(rpc))
}

// ownID returns the id of the resource that Prepare creates for an RPC.
func (p Sample) ownID(rpc string) string { return ID(p.Service, rpc) }

var variable = regexp.MustCompile(`\{[^}]*\}`)

// own returns the name of a resource under the parent of Create.
func (p Sample) own(id string) string {
	r, _ := proto.GetExtension(resourceIn(p.Create.ProtoReflect().Descriptor()).Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
	collections := variable.Split(r.GetPattern()[0], -1) // villages/, /needs/, ""
	return p.parent() + collections[len(collections)-2] + id
}

// resourceIn returns the resource in the request of a creation.
func resourceIn(request protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	for i := range request.Fields().Len() {
		if m := request.Fields().Get(i).Message(); m != nil && proto.HasExtension(m.Options(), annotations.E_Resource) {
			return m
		}
	}
	return nil
}

// idField returns the field of a creation that chooses the id of the new resource: need_id. nil if it has none.
func idField(request protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	r, _ := proto.GetExtension(resourceIn(request).Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
	return request.Fields().ByName(protoreflect.Name(snake(r.GetSingular()) + "_id"))
}

var upper = regexp.MustCompile(`[A-Z]`)

func snake(camel string) string {
	return upper.ReplaceAllStringFunc(camel, func(s string) string { return "_" + strings.ToLower(s) })
}

// changeable reports whether a mask may name a field of a resource. The etag is a condition of the update.
func changeable(f protoreflect.FieldDescriptor) bool {
	if f.Name() == "etag" {
		return false
	}
	for _, fixed := range []annotations.FieldBehavior{
		annotations.FieldBehavior_OUTPUT_ONLY, annotations.FieldBehavior_IMMUTABLE, annotations.FieldBehavior_IDENTIFIER,
	} {
		if fieldbehavior.Has(f, fixed) {
			return false
		}
	}
	return true
}

func newMessage(d protoreflect.MessageDescriptor) protoreflect.Message {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err) // the descriptor is from the same registry
	}
	return kind.New()
}

// put sets a field if the message has it and the value is not empty.
func put(m protoreflect.Message, name protoreflect.Name, value any) {
	if f := m.Descriptor().Fields().ByName(name); f != nil && value != "" {
		m.Set(f, protoreflect.ValueOf(value))
	}
}

// add appends to a list of texts if the message has it.
func add(m protoreflect.Message, name protoreflect.Name, value string) {
	if f := m.Descriptor().Fields().ByName(name); f != nil {
		m.Mutable(f).List().Append(protoreflect.ValueOfString(value))
	}
}
