package k8s

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// settingRules returns the rules about the settings of the programs.
func settingRules() []Rule {
	return []Rule{
		{"a server accepts its callers of the contract, and no others", accepting},
		{"a caller has the addresses of its servers, by name and round robin", aiming},
		{"calls between processes are mTLS", encrypted},
		{"a file that a setting names is mounted", filed},
		each("the container starts the program of its name", started),
	}
}

// variable returns the environment variable of a flag.
func variable(flag string) string {
	return "WANCUN_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// given returns the settings of a workload by variable, from its flags and its environment.
func (o Objects) given(w Workload) (map[string]string, error) {
	all, err := o.settings(w)
	if err != nil {
		return nil, err
	}
	for _, arg := range w.Main().Args {
		if flag, isFlag := strings.CutPrefix(arg, "--"); isFlag {
			name, value, _ := strings.Cut(flag, "=")
			all[variable(name)] = value
		}
	}
	maps.DeleteFunc(all, func(name, _ string) bool { return !strings.HasPrefix(name, "WANCUN_") })
	return all, nil
}

// withSettings runs a check on the settings of each workload.
func (o Objects) withSettings(check func(Workload, map[string]string) []string) []string {
	var found []string
	for _, w := range o.Workloads {
		given, err := o.given(w)
		if err != nil {
			found = append(found, err.Error())
			continue
		}
		for _, text := range check(w, given) {
			found = append(found, w.String()+" "+text)
		}
	}
	return found
}

// Unknown returns the settings that the programs do not have; has contains the flags of each program. A setting in the
// shared ConfigMap "settings" must exist in at least one program.
func Unknown(o Objects, has map[string][]string) []string {
	anyone := slices.Concat(slices.Collect(maps.Values(has))...)
	return o.withSettings(func(w Workload, given map[string]string) []string {
		var found []string
		for _, name := range slices.Sorted(maps.Keys(given)) {
			flags := has[w.Process()]
			if o.shared(name) {
				flags = anyone
			}
			if !slices.ContainsFunc(flags, func(flag string) bool { return variable(flag) == name }) {
				found = append(found, fmt.Sprintf("has the setting %s, which %s does not have", name, w.Process()))
			}
		}
		return found
	})
}

// shared reports whether a setting is in the ConfigMap for all processes.
func (o Objects) shared(variable string) bool {
	for name, m := range o.ConfigMaps {
		if _, has := m.Data[variable]; has && strings.HasPrefix(name, "settings-") {
			return true
		}
	}
	return false
}

// CommandLine returns the arguments of a workload's program, and its settings as environment variables.
func CommandLine(o Objects, w Workload) (args, env []string, err error) {
	settings, err := o.settings(w)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if strings.HasPrefix(name, "WANCUN_") {
			env = append(env, name+"="+settings[name])
		}
	}
	return w.Main().Args, env, nil
}

func accepting(o Objects) []string {
	c := o.contract()
	return o.withSettings(func(w Workload, given map[string]string) []string {
		want := c.Accepts(w.Process())
		got := strings.Split(given["WANCUN_ACCEPT_PEERS"], ",")
		slices.Sort(got)
		if !w.Serves() || (len(want) == 0 && given["WANCUN_ACCEPT_PEERS"] == "") || slices.Equal(got, want) {
			return nil
		}
		return []string{fmt.Sprintf("accepts %v; the contract says %v", got, want)}
	})
}

func aiming(o Objects) []string {
	c := o.contract()
	return o.withSettings(func(w Workload, given map[string]string) []string {
		if !w.Serves() {
			return nil
		}
		var found []string
		for _, server := range c.Processes {
			target := given[variable(server+"-target")]
			want := ""
			if slices.Contains(c.Calls(w.Process()), server) {
				want = fmt.Sprintf("dns:///%s:%d", server, grpcPort)
			}
			if target != want {
				found = append(found, fmt.Sprintf("finds %s at %q; want %q", server, target, want))
			}
		}
		return found
	})
}

func encrypted(o Objects) []string {
	return o.withSettings(func(w Workload, given map[string]string) []string {
		if !w.Serves() || w.Process() == "wancun" {
			return nil
		}
		var found []string
		for _, name := range []string{"WANCUN_TLS_CERT_FILE", "WANCUN_TLS_KEY_FILE", "WANCUN_TLS_CA_FILE"} {
			if given[name] == "" {
				found = append(found, "has no setting "+name)
			}
		}
		if _, insecure := given["WANCUN_INSECURE"]; insecure {
			found = append(found, "speaks in clear text if it has no certificate")
		}
		return found
	})
}

func filed(o Objects) []string {
	return o.withSettings(func(w Workload, given map[string]string) []string {
		var found []string
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if strings.HasSuffix(name, "_FILE") && w.Serves() && secretAt(w, path.Dir(given[name])) == "" {
				found = append(found, fmt.Sprintf("has the setting %s=%s, and no secret is mounted there", name, given[name]))
			}
		}
		return found
	})
}

// secretAt returns the Secret that a workload mounts at a folder; "" if none.
func secretAt(w Workload, folder string) string {
	c := w.Main()
	m := slices.IndexFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == folder })
	if m < 0 {
		return ""
	}
	for _, v := range w.Template.Spec.Volumes {
		if v.Name == c.VolumeMounts[m].Name && v.Secret != nil {
			return v.Secret.SecretName
		}
	}
	return ""
}

// SecretKeys returns the keys of Secrets that the workloads of an overlay need, as "secret/key", sorted.
func SecretKeys(o Objects) ([]string, error) {
	var keys []string
	for _, w := range o.Workloads {
		given, err := o.given(w)
		if err != nil {
			return nil, err
		}
		for name, value := range given {
			if !strings.HasSuffix(name, "_FILE") {
				continue
			}
			if secret := secretAt(w, path.Dir(value)); secret != "" {
				keys = append(keys, secret+"/"+path.Base(value))
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

func started(w Workload) []string {
	c := w.Main()
	want := "/usr/local/bin/" + w.Process()
	if len(c.Command) != 1 || c.Command[0] != want {
		return []string{fmt.Sprintf("starts %v; want %s", c.Command, want)}
	}
	subcommand := map[string]string{"Deployment": "serve", "StatefulSet": "up", "Job": "migrate"}[w.Kind]
	if len(c.Args) == 0 || c.Args[0] != subcommand {
		return []string{fmt.Sprintf("starts %s with %v; want %s first", want, c.Args, subcommand)}
	}
	return nil
}
