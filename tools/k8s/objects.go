package k8s

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Objects are the objects of one rendered overlay, sorted by kind.
type Objects struct {
	// All are all objects, in the order in which they are applied.
	All []runtime.Object
	// Workloads are the objects that create pods.
	Workloads []Workload
	// The other kinds that the rules check. Those that are looked up are in maps by name.
	Services   []*corev1.Service
	Accounts   map[string]*corev1.ServiceAccount
	ConfigMaps map[string]*corev1.ConfigMap
	Budgets    []*policyv1.PodDisruptionBudget
	Scalers    []*autoscalingv2.HorizontalPodAutoscaler
	Policies   []*networkingv1.NetworkPolicy
}

// Workload is a Deployment, StatefulSet or Job.
type Workload struct {
	// Kind and Name identify the workload.
	Kind, Name string
	// Replicas is the number in the manifest; nil if the manifest does not set it, and for Jobs.
	Replicas *int32
	// Selector is nil for Jobs: the Job controller generates their selectors.
	Selector *metav1.LabelSelector
	// Template is the template of its pods.
	Template *corev1.PodTemplateSpec
	// Deployment or StatefulSet is the object itself, if it is one of these.
	Deployment  *appsv1.Deployment
	StatefulSet *appsv1.StatefulSet
}

// String returns the name in kubectl's form.
func (w Workload) String() string { return w.Kind + "/" + w.Name }

// Main returns the container that runs the suite's program.
func (w Workload) Main() corev1.Container { return w.Template.Spec.Containers[0] }

// Serves reports whether the pods serve calls; those of a Job do not.
func (w Workload) Serves() bool { return w.Kind != "Job" }

// Process returns the name of the process in the pods: org, village, action, report, gateway or wancun.
func (w Workload) Process() string { return w.Template.Labels["app.kubernetes.io/name"] }

// Decode decodes the output of Render. Objects of kinds that client-go does not know, such as those of CRDs, are an
// error.
func Decode(rendered []byte) (Objects, error) {
	o := Objects{Accounts: map[string]*corev1.ServiceAccount{}, ConfigMaps: map[string]*corev1.ConfigMap{}}
	documents, err := Split(rendered)
	if err != nil {
		return Objects{}, err
	}
	for _, document := range documents {
		object, err := decode(document)
		if err != nil {
			return Objects{}, err
		}
		o.add(object)
	}
	return o, nil
}

// Split splits the output of Render into one document for each object.
func Split(rendered []byte) ([][]byte, error) {
	var documents [][]byte
	in := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(rendered)))
	for {
		document, err := in.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, fmt.Errorf("split documents: %w", err)
		}
		documents = append(documents, document)
	}
}

func (o *Objects) add(object runtime.Object) {
	o.All = append(o.All, object)
	switch v := object.(type) {
	case *appsv1.Deployment:
		o.Workloads = append(o.Workloads, Workload{Kind: "Deployment", Name: v.Name, Replicas: v.Spec.Replicas,
			Selector: v.Spec.Selector, Template: &v.Spec.Template, Deployment: v})
	case *appsv1.StatefulSet:
		o.Workloads = append(o.Workloads, Workload{Kind: "StatefulSet", Name: v.Name, Replicas: v.Spec.Replicas,
			Selector: v.Spec.Selector, Template: &v.Spec.Template, StatefulSet: v})
	case *batchv1.Job:
		o.Workloads = append(o.Workloads, Workload{Kind: "Job", Name: v.Name, Template: &v.Spec.Template})
	case *corev1.Service:
		o.Services = append(o.Services, v)
	case *corev1.ServiceAccount:
		o.Accounts[v.Name] = v
	case *corev1.ConfigMap:
		o.ConfigMaps[v.Name] = v
	case *policyv1.PodDisruptionBudget:
		o.Budgets = append(o.Budgets, v)
	case *autoscalingv2.HorizontalPodAutoscaler:
		o.Scalers = append(o.Scalers, v)
	case *networkingv1.NetworkPolicy:
		o.Policies = append(o.Policies, v)
	}
}

// selected returns the workloads whose pods a selector matches. As in the API, an empty selector matches all.
func (o Objects) selected(s *metav1.LabelSelector) ([]Workload, error) {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return nil, fmt.Errorf("read selector: %w", err)
	}
	var picked []Workload
	for _, w := range o.Workloads {
		if selector.Matches(labels.Set(w.Template.Labels)) {
			picked = append(picked, w)
		}
	}
	return picked, nil
}

// settings returns the variables of a workload's main container, from its ConfigMaps and its own list. A missing
// ConfigMap is an error.
func (o Objects) settings(w Workload) (map[string]string, error) {
	all := map[string]string{}
	for _, from := range w.Main().EnvFrom {
		if from.ConfigMapRef == nil {
			return nil, fmt.Errorf("%s takes variables from something that is no ConfigMap", w)
		}
		m, ok := o.ConfigMaps[from.ConfigMapRef.Name]
		if !ok {
			return nil, fmt.Errorf("%s takes variables from ConfigMap/%s, which is not there", w, from.ConfigMapRef.Name)
		}
		maps.Copy(all, m.Data)
	}
	for _, v := range w.Main().Env {
		all[v.Name] = v.Value
	}
	return all, nil
}
