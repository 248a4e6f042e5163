// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A site is what all servers serve.
type site struct {
	root string // has the folder files
	small, text,
	big []byte
	modified time.Time

	pem   string // a file with the certificate of 127.0.0.1 and its key
	cert  tls.Certificate
	roots *x509.CertPool
	echo  int // the port of a server that answers with the body of the request, for those who cannot
}

func newSite(t *testing.T) *site {
	s := &site{small: []byte("Small as it is.\n"), modified: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)}
	s.text = bytes.Repeat([]byte("A line that is worth its compression.\n"), 1000)
	s.big = make([]byte, 1<<20)
	random := rand.NewChaCha8([32]byte{})
	random.Read(s.big)
	s.root = s.folder(t)
	files := filepath.Join(s.root, "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"small.txt": s.small, "text.txt": s.text, "big.bin": s.big} {
		s.write(t, files, name, string(content))
		if err := os.Chtimes(filepath.Join(files, name), s.modified, s.modified); err != nil {
			t.Fatal(err)
		}
	}
	a := newAuthority(t)
	made := a.server(t, certificate.Template{Names: []string{"127.0.0.1"}})
	s.cert, s.roots = made.TLS(), certificate.Pool(a.Certificate)
	text, err := made.DumpPEM()
	if err != nil {
		t.Fatal(err)
	}
	s.pem = filepath.Join(s.root, "pem")
	s.write(t, s.root, "pem", string(text))
	s.echo = portOf(t, goServer(t, goHandler(s.root), nil))
	return s
}

// folder makes one that servers can read which are not root.
func (s *site) folder(t *testing.T) string {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (s *site) write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// An authority signs certificates for tests.
type authority struct {
	*certificate.PrivateCertificate
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	ca, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "Authority of tests"}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	return authority{ca}
}

// server returns a certificate and its key.
func (a authority) server(t *testing.T, tmpl certificate.Template) *certificate.PrivateCertificate {
	t.Helper()
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	req, err := key.Request(certificate.DistinguishedName{CommonName: "peer"})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Sign(req, tmpl, nil)
	if err != nil {
		t.Fatal(err)
	}
	made, err := certificate.NewPrivate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// A place is a URL with its port.
type place struct {
	*url.URL
	port int
}

func parse(t *testing.T, s string) place {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(u.Port())
	return place{u, port}
}

func httpTime(t time.Time) string { return t.Format(http.TimeFormat) }

func local(scheme string, port int) string { return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port) }
