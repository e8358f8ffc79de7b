package machine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// All returns the machines of all kinds in files, sorted by kind. It also returns an error if a method has a transition
// that no machine uses: a method that only reads, a batch, or one whose resource has no state.
func All(files *protoregistry.Files) ([]*Machine, error) {
	var all []*Machine
	var faults []error
	used, declared := map[protoreflect.FullName]bool{}, map[protoreflect.FullName]bool{}
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for method := range methodsOf(f) {
			if declaredBy(method) != nil {
				declared[method.FullName()] = true
			}
		}
		for i := range f.Messages().Len() {
			kind := f.Messages().Get(i)
			if !proto.HasExtension(kind.Options(), annotations.E_Resource) {
				continue
			}
			m, err := Of(files, kind)
			if faults = append(faults, err); m == nil {
				continue
			}
			all = append(all, m)
			for _, t := range m.Transitions {
				used[t.Method.FullName()] = true
			}
		}
		return true
	})
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	for method := range declared {
		if !used[method] {
			faults = append(faults, fmt.Errorf("%s has a transition, and does not write one resource that has a state", method))
		}
	}
	slices.SortFunc(all, func(a, b *Machine) int { return cmp.Compare(a.Kind().FullName(), b.Kind().FullName()) })
	return all, errors.Join(faults...)
}

// methodsOf iterates over the methods of the services in a file.
func methodsOf(f protoreflect.FileDescriptor) func(func(protoreflect.MethodDescriptor) bool) {
	return func(yield func(protoreflect.MethodDescriptor) bool) {
		for i := range f.Services().Len() {
			all := f.Services().Get(i).Methods()
			for j := range all.Len() {
				if !yield(all.Get(j)) {
					return
				}
			}
		}
	}
}
