package mtls_test

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/server/mtls"
	"github.com/wancun/wancun/platform/server/mtls/mtlstest"
)

// desk is a directory with the files of one process. Each write has a later modification time than the one before,
// whatever the file system's clock.
type desk struct {
	t     *testing.T
	files mtls.Files
	age   time.Time
}

func newDesk(t *testing.T, a *mtlstest.Authority, name string) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{t, mtls.Files{
		Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Authority: filepath.Join(dir, "ca.pem"),
	}, time.Now().Add(-time.Hour)}
	cert, key := a.Issue(name, time.Now().Add(time.Hour))
	d.put(d.files.Certificate, cert)
	d.put(d.files.Key, key)
	d.put(d.files.Authority, a.PEM)
	return d
}

func (d *desk) put(path string, text []byte) {
	d.t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.age = d.age.Add(time.Second)
	if err := os.Chtimes(path, d.age, d.age); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) open() *mtls.Identity {
	d.t.Helper()
	i, err := mtls.Open(d.files)
	if err != nil {
		d.t.Fatal(err)
	}
	return i
}

// meet lets a client and a server shake hands and exchange a byte, and returns the first error of either side.
func meet(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	served := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			served <- err
			return
		}
		defer func() { _ = conn.Close() }()
		_, err = tls.Server(conn, server).Write([]byte{1})
		served <- err
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = tls.Client(conn, client).Read(make([]byte, 1))
	_ = conn.Close()
	if serverErr := <-served; serverErr != nil {
		return serverErr
	}
	return err
}

func TestTwoProcessesTalkOnlyIfBothProveWhoTheyAre(t *testing.T) {
	ours, foreign := mtlstest.New(t), mtlstest.New(t)
	village := newDesk(t, ours, "village").open()
	action := newDesk(t, ours, "action").open()
	stranger := newDesk(t, foreign, "action").open()
	overdue := newDesk(t, ours, "action")
	cert, key := ours.Issue("action", time.Now().Add(-time.Hour))
	overdue.put(overdue.files.Certificate, cert)
	overdue.put(overdue.files.Key, key)
	bare := &tls.Config{InsecureSkipVerify: true}
	old := action.Client("village")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12

	for name, c := range map[string]struct {
		server, client *tls.Config
		want           bool
	}{
		"an accepted client":                 {village.Server("gateway", "action"), action.Client("village"), true},
		"a client that is not on the list":   {village.Server("gateway"), action.Client("village"), false},
		"an empty list":                      {village.Server(), action.Client("village"), false},
		"a client of another authority":      {village.Server("action"), stranger.Client("village"), false},
		"a client without a certificate":     {village.Server("action"), bare, false},
		"a client whose certificate is over": {village.Server("action"), overdue.open().Client("village"), false},
		"a client of an older protocol":      {village.Server("action"), old, false},
		"a server under another name":        {village.Server("action"), action.Client("org"), false},
		"a server of another authority":      {stranger.Server("action"), action.Client("action"), false},
		"a server whose certificate is over": {overdue.open().Server("action"), action.Client("action"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := meet(t, c.server, c.client); (err == nil) != c.want {
				t.Errorf("met with %v, want success %v", err, c.want)
			}
		})
	}
}

func TestARefusalNamesWhoIsRefusedAndWhoIsAccepted(t *testing.T) {
	ours := mtlstest.New(t)
	village, action := newDesk(t, ours, "village").open(), newDesk(t, ours, "action").open()
	err := meet(t, village.Server("gateway", "report"), action.Client("village"))
	var refused *mtls.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("met with %v, want a RefusedError", err)
	}
	want := &mtls.RefusedError{Names: []string{"action"}, Accepted: []string{"gateway", "report"}}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("RefusedError (-want +got):\n%s", diff)
	}
}

func TestCertificatesAndAuthoritiesAreRenewedWithoutARestart(t *testing.T) {
	first, second := mtlstest.New(t), mtlstest.New(t)
	village, action := newDesk(t, first, "village"), newDesk(t, first, "action")
	server, client := village.open().Server("action"), action.open().Client("village")
	met := func(story string, want bool) {
		t.Helper()
		if err := meet(t, server, client); (err == nil) != want {
			t.Errorf("%s: met with %v, want success %v", story, err, want)
		}
	}
	met("before", true)

	cert, key := second.Issue("village", time.Now().Add(time.Hour))
	village.put(village.files.Certificate, cert)
	met("a certificate whose key is still to come is passed over", true)
	village.put(village.files.Key, key)
	met("the new certificate is of an authority that the client does not know", false)
	action.put(action.files.Authority, append(first.PEM, second.PEM...))
	met("now it does", true)
	village.put(village.files.Authority, second.PEM)
	met("the server no longer knows the client's authority", false)
	cert, key = second.Issue("action", time.Now().Add(time.Hour))
	action.put(action.files.Certificate, cert)
	action.put(action.files.Key, key)
	met("both are renewed", true)
	if err := os.Remove(village.files.Key); err != nil {
		t.Fatal(err)
	}
	met("a file that is gone is passed over", true)
}

func TestFilesThatAreNotCompleteAtTheStartAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*desk){
		"no key":                func(d *desk) { _ = os.Remove(d.files.Key) },
		"another key":           func(d *desk) { _, key := mtlstest.New(t).Issue("x", time.Now()); d.put(d.files.Key, key) },
		"no authority":          func(d *desk) { _ = os.Remove(d.files.Authority) },
		"an authority of words": func(d *desk) { d.put(d.files.Authority, []byte("trust me")) },
	} {
		d := newDesk(t, mtlstest.New(t), "village")
		spoil(d)
		if _, err := mtls.Open(d.files); err == nil {
			t.Errorf("%s: Open succeeded", name)
		}
	}
}
