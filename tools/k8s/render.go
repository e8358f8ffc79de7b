package k8s

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Render returns the output of `kubectl kustomize` for the folder dir.
func Render(dir string) ([]byte, error) {
	return render(filesys.MakeFsOnDisk(), dir)
}

// Twin returns a rendered overlay with kustomize patches applied to it.
func Twin(rendered []byte, patches ...types.Patch) ([]byte, error) {
	kustomization, err := yaml.Marshal(types.Kustomization{Resources: []string{"rendered.yaml"}, Patches: patches})
	if err != nil {
		return nil, fmt.Errorf("write twin: %w", err)
	}
	fs := filesys.MakeFsInMemory()
	for name, content := range map[string][]byte{"rendered.yaml": rendered, "kustomization.yaml": kustomization} {
		if err := fs.WriteFile("/twin/"+name, content); err != nil {
			return nil, fmt.Errorf("write twin: %w", err)
		}
	}
	return render(fs, "/twin")
}

func render(fs filesys.FileSystem, dir string) ([]byte, error) {
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, dir)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", dir, err)
	}
	text, err := all.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("print what was rendered: %w", err)
	}
	return text, nil
}

// decode decodes one object into its Go type. An unknown or repeated field is an error.
func decode(document []byte) (runtime.Object, error) {
	codecs := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict)
	object, _, err := codecs.UniversalDeserializer().Decode(document, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("decode strictly: %w", err)
	}
	return object, nil
}
