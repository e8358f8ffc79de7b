package k8s

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// podRules returns the rules about single pod templates.
func podRules() []Rule {
	return []Rule{
		each("a pod has one container of ours, and no variables for the Services around it", alone),
		each("a request is there for CPU, memory and disk, and fits its limit; Go knows the memory", bounded),
		each("startup, readiness and liveness are asked apart, on a port of the container", probed),
		each("what is mounted is there, and read-only unless it is for writing", mounted),
		{"a pod is given the time that it takes to stop", stopping},
		{"all images are one image, by its digest", oneImage},
	}
}

// each makes a rule from a check on one workload.
func each(name string, check func(Workload) []string) Rule {
	return Rule{Name: name, Check: func(o Objects) []string {
		var found []string
		for _, w := range o.Workloads {
			for _, text := range check(w) {
				found = append(found, w.String()+" "+text)
			}
		}
		return found
	}}
}

func alone(w Workload) []string {
	var found []string
	pod := w.Template.Spec
	if len(pod.Containers) != 1 || len(pod.InitContainers) != 0 || w.Main().Name != "wancun" {
		found = append(found, "has other containers than wancun, which these rules do not look at")
	}
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		found = append(found, "has enableServiceLinks: Services would show up as settings")
	}
	return found
}

func bounded(w Workload) []string {
	var found []string
	requests, limits := w.Main().Resources.Requests, w.Main().Resources.Limits
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		request, ok := requests[name]
		if !ok {
			found = append(found, fmt.Sprintf("requests no %s", name))
		}
		limit, limited := limits[name]
		switch {
		case !limited && name != corev1.ResourceCPU:
			found = append(found, fmt.Sprintf("has no limit for %s", name))
		case limited && request.Cmp(limit) > 0:
			found = append(found, fmt.Sprintf("requests %s of %s, more than the limit %s", &request, name, &limit))
		}
	}
	if share := percent(*requests.Memory(), *limits.Memory()); share < 85 || share > 95 {
		found = append(found, fmt.Sprintf("requests %d %% of its memory limit; GOMEMLIMIT wants 85 to 95", share))
	}
	goLimit := slices.IndexFunc(w.Main().Env, func(v corev1.EnvVar) bool {
		return v.Name == "GOMEMLIMIT" && v.ValueFrom != nil && v.ValueFrom.ResourceFieldRef != nil &&
			v.ValueFrom.ResourceFieldRef.Resource == "requests.memory"
	})
	if goLimit < 0 {
		found = append(found, "does not take GOMEMLIMIT from its memory request")
	}
	return found
}

func percent(part, whole resource.Quantity) int64 {
	if whole.IsZero() {
		return 0
	}
	return part.Value() * 100 / whole.Value()
}

// probed checks the probes. Those of the services use the ops port; the one-process suite has none and uses its HTTP
// port.
func probed(w Workload) []string {
	if !w.Serves() {
		return nil
	}
	port, live := "ops", "/livez"
	if w.Process() == "wancun" {
		port, live = "http", "/healthz"
	}
	c := w.Main()
	var found []string
	for _, p := range []struct {
		name  string
		probe *corev1.Probe
		live  bool
	}{{"startup", c.StartupProbe, w.Process() == "wancun"}, {"readiness", c.ReadinessProbe, false}, {"liveness", c.LivenessProbe, true}} {
		switch {
		case p.probe == nil || p.probe.HTTPGet == nil:
			found = append(found, fmt.Sprintf("has no %s probe by HTTP", p.name))
		case p.probe.HTTPGet.Port.String() != port || !hasPort(c, port):
			found = append(found, fmt.Sprintf("asks for %s on port %s, not on %s", p.name, p.probe.HTTPGet.Port.String(), port))
		case p.live != (p.probe.HTTPGet.Path == live):
			found = append(found, fmt.Sprintf("asks for %s at %s", p.name, p.probe.HTTPGet.Path))
		}
	}
	return found
}

func hasPort(c corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
}

func mounted(w Workload) []string {
	var found []string
	for _, m := range w.Main().VolumeMounts {
		i := slices.IndexFunc(w.Template.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		switch {
		case i < 0 && w.StatefulSet == nil:
			found = append(found, fmt.Sprintf("mounts %s, which is no volume", m.Name))
		case i >= 0 && w.Template.Spec.Volumes[i].Secret != nil && !m.ReadOnly:
			found = append(found, fmt.Sprintf("mounts the secret %s for writing", m.Name))
		case m.SubPath != "":
			found = append(found, fmt.Sprintf("mounts %s by subPath, so a renewed certificate never arrives", m.Name))
		}
	}
	return found
}

// stopping compares the grace period with the sum of all phases of a stop.
func stopping(o Objects) []string {
	var found []string
	for _, w := range o.Workloads {
		if !w.Serves() {
			continue
		}
		hook := w.Main().Lifecycle
		if hook == nil || hook.PreStop == nil || hook.PreStop.Sleep == nil {
			found = append(found, fmt.Sprintf("%s does not wait for its address to be withdrawn (preStop sleep)", w))
			continue
		}
		takes := time.Duration(hook.PreStop.Sleep.Seconds)*time.Second + o.draining(w)
		grace := time.Duration(*w.Template.Spec.TerminationGracePeriodSeconds) * time.Second
		if takes+5*time.Second > grace {
			found = append(found, fmt.Sprintf("%s takes up to %s to stop and is given %s", w, takes, grace))
		}
	}
	return found
}

// draining returns the longest time from SIGTERM to the end of a process. An unreadable setting counts as an hour.
func (o Objects) draining(w Workload) time.Duration {
	settings, err := o.settings(w)
	if err != nil {
		return time.Hour
	}
	if w.Process() == "wancun" {
		return 20 * time.Second // `wancun up` has no setting for it
	}
	total := time.Duration(0)
	for _, name := range []string{"WANCUN_DRAIN_WAIT", "WANCUN_DRAIN_LIMIT"} {
		d, err := time.ParseDuration(settings[name])
		if err != nil {
			return time.Hour
		}
		total += d
	}
	return total
}

func oneImage(o Objects) []string {
	byDigest := regexp.MustCompile(`^[a-z0-9./:-]+@sha256:[0-9a-f]{64}$`)
	var found []string
	for _, w := range o.Workloads {
		switch image := w.Main().Image; {
		case !byDigest.MatchString(image):
			found = append(found, fmt.Sprintf("%s runs %s, which is not named by its digest", w, image))
		case image != o.Workloads[0].Main().Image:
			found = append(found, fmt.Sprintf("%s runs %s, %s runs another image", w, image, o.Workloads[0]))
		}
	}
	return found
}
