// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocols/socks"
	"github.com/torsion-go/torsion/core/reactortest"
)

func TestStrings(t *testing.T) {
	m := reactortest.NewMemory(t)
	g := endpoint.NewRegistry()
	if err := socks.Register(g); err != nil {
		t.Fatal(err)
	}
	if err := socks.Register(g); err == nil {
		t.Error("registered twice")
	}
	folder := t.TempDir()
	file, empty := filepath.Join(folder, "password"), filepath.Join(folder, "empty")
	os.WriteFile(file, []byte("secret\r\nnot this\n"), 0o600)
	os.WriteFile(empty, []byte("\nsecret\n"), 0o600)
	for text, want := range map[string]socks.Client{
		"socks5:127.0.0.1:1080:far.example:443":                                                   {Host: "far.example", Port: 443},
		"SOCKS5:proxyHost=127.0.0.1:proxyPort=1080:host=far.example:port=443":                     {Host: "far.example", Port: 443},
		"socks5:127.0.0.1:1080:\\:\\:1:443:resolve=local:timeout=3":                               {Host: "::1", Port: 443, ResolveLocally: true, Timeout: 3 * time.Second},
		"socks5:127.0.0.1:1080:a:443:user=joe:passwordFile=" + endpoint.QuoteArgument(file):       {Host: "a", Port: 443, Username: "joe", Password: "secret"},
		"socks4:127.0.0.1:1080:a:443:user=joe":                                                    {Host: "a", Port: 443, Username: "joe", Version: socks.SOCKS4},
		"socks4a:a:443:endpoint=unix\\:/run/tor":                                                  {Host: "a", Port: 443, Version: socks.SOCKS4A},
		"socks5:a:443:endpoint=socks4\\:127.0.0.1\\:1080\\:127.0.0.2\\:1080":                      {Host: "a", Port: 443},
		"socks5:a:443:endpoint=socks5\\:127.0.0.1\\:1080\\:127.0.0.2\\:1080\\:user\\=me:user=joe": {Host: "a", Port: 443, Username: "joe"},
	} {
		c, err := g.ClientFromString(m, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := *c.(*socks.Client)
		if got.Inner == nil || got.Loop == nil {
			t.Errorf("%s: %+v", text, got)
		}
		if want.Timeout == 0 {
			want.Timeout = 10 * time.Second
		}
		got.Inner, got.Loop = nil, nil
		if got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"socks5:127.0.0.1:1080":                              "missing argument",
		"socks5:127.0.0.1:1080:a":                            "missing argument",
		"socks5:127.0.0.1:1080:a:b":                          "not a decimal integer",
		"socks5:127.0.0.1:1080:a:0":                          "not between 1 and 65535",
		"socks5:127.0.0.1:1080:a b:80":                       "not a host name",
		"socks5:127.0.0.1:1080:a:80:resolve=here":            "neither proxy nor local",
		"socks5:127.0.0.1:1080:a:80:timeout=0":               "timeout",
		"socks5:127.0.0.1:1080:a:80:user=j:passwordFile=/no": "passwordFile",
		"socks5:127.0.0.1:1080:a:80:user=joe:passwordFile=" + endpoint.QuoteArgument(empty): "no password",
		"socks5:127.0.0.1:1080:a:80:passwordFile=" + endpoint.QuoteArgument(file):           "without a user name",
		"socks4:127.0.0.1:1080:a:80:user=joe:passwordFile=/x":                               "unknown keyword",
		"socks5:127.0.0.1:1080:a:80:password=secret":                                        "unknown keyword",
		"socks5:a:80:endpoint=bogus\\:1":                                                    "unknown endpoint type",
		"socks5:127.0.0.1:1080:a:80:endpoint=tcp\\:h\\:1":                                   "too many positional",
	} {
		if _, err := g.ClientFromString(m, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	// Under TLS it is one description.
	c, err := g.ClientFromString(m, "tls:far.example:443:endpoint=socks5\\:127.0.0.1\\:1080\\:far.example\\:443")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.(*endpoint.TLSClient).Inner.(*socks.Client); !ok {
		t.Errorf("%T", c.(*endpoint.TLSClient).Inner)
	}
}
