// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"crypto/tls"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestChallenges(t *testing.T) {
	m, err := New(protocoltest.NewClock(), Config{Hosts: []string{"a.example"}, Folder: filepath.Join(t.TempDir(), "acme"), AcceptTerms: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	done := put(m, m.tokens, "token", "token.thumb")
	const below = "/.well-known/acme-challenge/"
	for _, tt := range []struct {
		method, target, host string
		want                 int
		body, location       string
	}{
		{"GET", below + "token", "a.example", 200, "token.thumb", ""},
		{"GET", below + "token", "192.0.2.1", 200, "token.thumb", ""},
		{"POST", below + "token", "a.example", 405, "-", ""},
		{"GET", below + "other", "a.example", 404, "-", ""},
		{"GET", below, "a.example", 404, "-", ""},
		{"GET", below + "token/more", "a.example", 404, "-", ""},
		{"GET", "/", "a.example", 301, "-", "https://a.example/"},
		{"GET", "//evil.example/x?a=b", "A.example:80", 301, "-", "https://a.example//evil.example/x?a=b"},
		{"POST", "/", "a.example", 404, "-", ""},
		{"GET", "/", "evil.example", 404, "-", ""},
	} {
		res := webtest.Do(m.Challenges(nil), webtest.Request{Method: tt.method, Target: tt.target, Host: tt.host})
		if res.Status != tt.want || tt.body != "-" && res.Body != tt.body || res.Header.Get("Location") != tt.location {
			t.Errorf("%+v: %d %q %q", tt, res.Status, res.Body, res.Header.Get("Location"))
		}
	}
	if done(); webtest.Get(m.Challenges(nil), below+"token").Status != 404 {
		t.Error("the answer stays")
	}
	next := web.Get(func(r *web.Request) { r.WriteString("mine") })
	var root web.Tree
	root.PutChild("page", next)
	if res := webtest.Get(m.Challenges(&root), "/page"); res.Body != "mine" {
		t.Errorf("%d %q", res.Status, res.Body)
	}
}

// Class 33: who asks for the authority's protocol gets an answer only while one is awaited, and never the certificate.
func TestProofsClass33(t *testing.T) {
	m, err := New(protocoltest.NewClock(), Config{Hosts: []string{"a.example"}, Folder: filepath.Join(t.TempDir(), "acme"), AcceptTerms: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	real, proof := issue(t, "a.example", day), issue(t, "a.example", day)
	m.took("a.example", real, "test")
	ask := func(protos ...string) *tls.Certificate {
		cert, err := m.GetCertificate(&tls.ClientHelloInfo{ServerName: "a.example", SupportedProtos: protos})
		if err != nil {
			t.Error(err)
		}
		return cert
	}
	if ask("acme-tls/1") != nil || ask("h2", "acme-tls/1") != real || ask() != real {
		t.Error("without a challenge")
	}
	done := put(m, m.proofs, "a.example", proof)
	if ask("acme-tls/1") != proof || ask("acme-tls/1", "h2") != real || ask("h2") != real {
		t.Error("during a challenge")
	}
	if done(); ask("acme-tls/1") != nil {
		t.Error("after a challenge")
	}
}
