package process

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/database"
)

// Common are the settings of every process. A zero value is refused by the setting's name unless its comment describes
// it.
type Common struct {
	// OpsListen is the address of the ops port. Empty disables the ops port and metrics.
	OpsListen string `default:":9091" help:"Address for operators, over HTTP: /livez, /readyz, /startupz, /metrics. Never in a public Service. Empty: none."`

	// TLSCertFile, TLSKeyFile and TLSCAFile are all set or all empty. If they are empty, Insecure must be set.
	TLSCertFile string `name:"tls-cert-file" help:"Certificate chain (PEM) that this process identifies itself with; read again when it changes." placeholder:"PATH"`
	TLSKeyFile  string `name:"tls-key-file" help:"Private key of the certificate (PEM)." placeholder:"PATH"`
	TLSCAFile   string `name:"tls-ca-file" help:"Authorities that peers' certificates must come from (PEM)." placeholder:"PATH"`
	// Insecure allows clear text. false requires TLS.
	Insecure bool `help:"Talk to peers in clear text, and take tokens' keys over plain HTTP. For loopback and for meshes that encrypt by themselves."`

	// DrainWait of 0 means no wait.
	DrainWait time.Duration `default:"10s" help:"How long to take calls after the stop was announced, so that balancers notice."`
	// DrainLimit of 0 means 20 s.
	DrainLimit time.Duration `default:"20s" help:"How long the calls under way may then take to end."`

	// RequestMemory of 0 means a quarter of the memory limit, at least 32 and at most 192.
	RequestMemory int64 `help:"MiB that the requests in flight may take together, as they were sent and decoded. 0: a quarter of the memory limit, at least 32 and at most 192."`

	// OTLPEndpoint is empty to disable traces and the export of metrics.
	OTLPEndpoint string `name:"otlp-endpoint" help:"Collector for traces and metrics over OTLP/gRPC: HOST:PORT, or https://HOST:PORT for TLS. Empty: none." placeholder:"HOST:PORT"`
	// TraceRatio of 0 is refused if there is an OTLPEndpoint.
	TraceRatio float64 `default:"0.1" help:"Share of the traces begun here that are recorded, above 0 to 1. A caller's decision goes before it."`
	// Metrics is true unless --no-metrics is given.
	Metrics bool `default:"true" negatable:"" help:"Offer metrics at /metrics on the ops port."`
	// LogLevel of 0 means INFO.
	LogLevel slog.Level `default:"info" help:"Least level that is logged: debug, info, warn or error."`
	// LogFormat of "" means JSON.
	LogFormat string `enum:",json,text" default:"json" help:"Log lines as json or text."`
}

// Validate returns an error that names an invalid setting. Package config calls it.
func (c *Common) Validate() error {
	switch {
	case c.DrainWait < 0:
		return fmt.Errorf("--drain-wait is %v, want 0 or more", c.DrainWait)
	case c.DrainLimit < 0:
		return fmt.Errorf("--drain-limit is %v, want 0 or more", c.DrainLimit)
	case c.RequestMemory < 0:
		return fmt.Errorf("--request-memory is %d, want 0 or more", c.RequestMemory)
	case c.OTLPEndpoint != "" && (c.TraceRatio <= 0 || c.TraceRatio > 1):
		return fmt.Errorf("--trace-ratio is %v, want above 0 to 1", c.TraceRatio)
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	_, err := c.otlpURL()
	return err
}

func (c *Common) checkTLS() error {
	var given, missing []string
	for _, f := range []struct{ flag, path string }{
		{"--tls-cert-file", c.TLSCertFile}, {"--tls-key-file", c.TLSKeyFile}, {"--tls-ca-file", c.TLSCAFile},
	} {
		if f.path == "" {
			missing = append(missing, f.flag)
		} else {
			given = append(given, f.flag)
		}
	}
	switch {
	case len(missing) == 0 && c.Insecure:
		return errors.New("--insecure and --tls-cert-file exclude each other")
	case len(missing) == 0, len(given) == 0 && c.Insecure:
		return nil
	case len(given) == 0:
		return errors.New("--tls-cert-file, --tls-key-file and --tls-ca-file are needed, or --insecure to talk in clear text")
	}
	return fmt.Errorf("%s is given without %s", given[0], strings.Join(missing, " and "))
}

// otlpURL returns the address of the collector as a URL for package telemetry.
func (c *Common) otlpURL() (string, error) {
	if c.OTLPEndpoint == "" {
		return "", nil
	}
	full := c.OTLPEndpoint
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	if u, err := url.Parse(full); err != nil || u.Port() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("--otlp-endpoint is %q, want HOST:PORT or https://HOST:PORT", c.OTLPEndpoint)
	}
	return full, nil
}

// Settings are the settings of a service; its main embeds them.
type Settings struct {
	Common
	Tokens

	// Listen is the address on which the service answers gRPC calls.
	Listen string `default:":9090" help:"Address for gRPC."`
	// AcceptPeers may be empty only with Insecure.
	AcceptPeers []string `help:"Who may connect: names in the client certificates (DNS SAN)." placeholder:"NAME,…"`
	// Reflection enables gRPC reflection. false disables it.
	Reflection bool `help:"List the services and messages to peers that ask (gRPC reflection), with or without a token."`

	Database Database `embed:""`

	// JournalKeyFile and PageKeyFile are required.
	JournalKeyFile config.SecretFile `required:"" help:"Key that signs the journal's checkpoints (a note key named wancun/SERVICE). It must never change. SECRET, here and elsewhere, is a path, env:NAME or exec:COMMAND." placeholder:"SECRET"`
	PageKeyFile    config.SecretFile `required:"" help:"Key of page tokens, 64 hexadecimal digits; the same in all replicas." placeholder:"SECRET"`
	// CheckpointDir may be empty.
	CheckpointDir string `help:"Directory apart from the database, in which the newest checkpoint of the journal is kept and compared with the journal at the next start. Empty: none." placeholder:"DIR"`
	// CheckInterval of 0 disables the comparison.
	CheckInterval time.Duration `default:"24h" help:"How often what is stored is compared with the journal while the service runs; 0: never."`
}

// Validate returns an error that names an invalid setting. Package config calls it.
func (s *Settings) Validate() error {
	if err := s.Common.Validate(); err != nil {
		return err
	}
	if err := s.Database.Validate(); err != nil {
		return err
	}
	switch {
	case s.Listen == "":
		return errors.New("--listen is empty")
	case s.CheckInterval < 0:
		return fmt.Errorf("--check-interval is %v, want 0 or more", s.CheckInterval)
	case !s.Insecure && len(s.AcceptPeers) == 0:
		return errors.New("--accept-peers is empty: no peer could connect")
	}
	return s.Tokens.check(s.Insecure)
}

// Database configures the database of a service.
type Database struct {
	// Exactly one of URL and URLFile is set.
	URL     config.Secret     `name:"database-url" help:"Where the data is: postgres://…?search_path=SERVICE or sqlite:///PATH. Prefer the file." placeholder:"URL"`
	URLFile config.SecretFile `name:"database-url-file" help:"File with the database's URL." placeholder:"SECRET"`
	// MaxConns of 0 means 16.
	MaxConns int `name:"database-max-conns" default:"16" help:"Connections of this replica to PostgreSQL at most. All replicas of all services share the server's."`
}

// Validate returns an error that names an invalid setting. Package config calls it.
func (d *Database) Validate() error {
	_, err := d.config()
	return err
}

// config returns the configuration for package database.
func (d *Database) config() (database.Config, error) {
	u, err := d.URL.Or(d.URLFile)
	switch {
	case err != nil:
		return database.Config{}, fmt.Errorf("--database-url: %w", err)
	case u == "":
		return database.Config{}, errors.New("--database-url-file (or --database-url) is needed")
	}
	return database.Config{URL: u.Reveal(), MaxConns: d.MaxConns}, nil
}

// EdgeSettings are the settings of the gateway; its main embeds them.
type EdgeSettings struct {
	Common
	Tokens

	// Listen is the address on which the gateway answers HTTP requests.
	Listen string `default:":8080" help:"Address for HTTP."`
	// AllowedHosts may be empty: then all names are allowed, or only loopback names if Listen is a loopback address.
	AllowedHosts []string `help:"Names by which clients reach the gateway, as in their Host, without ports. None: all, but on a loopback address localhost and loopback addresses alone." placeholder:"NAME,…"`
	// HTTPTLSCertFile and HTTPTLSKeyFile are both set or both empty. Empty means plain HTTP, behind an ingress that
	// terminates TLS.
	HTTPTLSCertFile string `name:"http-tls-cert-file" help:"Certificate chain (PEM) for HTTPS; read again when it changes. Empty: plain HTTP." placeholder:"PATH"`
	HTTPTLSKeyFile  string `name:"http-tls-key-file" help:"Private key of that certificate (PEM)." placeholder:"PATH"`
}

// Validate returns an error that names an invalid setting. Package config calls it.
func (s *EdgeSettings) Validate() error {
	if err := s.Common.Validate(); err != nil {
		return err
	}
	switch {
	case s.Listen == "":
		return errors.New("--listen is empty")
	case s.HTTPTLSCertFile != "" && s.HTTPTLSKeyFile == "":
		return errors.New("--http-tls-cert-file is given without --http-tls-key-file")
	case s.HTTPTLSKeyFile != "" && s.HTTPTLSCertFile == "":
		return errors.New("--http-tls-key-file is given without --http-tls-cert-file")
	}
	return s.Tokens.check(s.Insecure)
}
