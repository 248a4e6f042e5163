// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/webtest"
)

func TestFiles(t *testing.T) {
	b := newBrowser(t)
	res := b.send("GET", "/static/style.css", "")
	if res.Status != 200 || res.Header.Get("Cache-Control") != "public, max-age=3600" || !strings.Contains(res.Body, "font:") {
		t.Errorf("got %d %v %s", res.Status, res.Header, res.Body)
	}
}

func TestCompression(t *testing.T) {
	b := newBrowser(t)
	b.send("POST", "/login", "name=alice&password=secret")
	for range 10 {
		b.send("POST", "/notes", "text="+strings.Repeat("all+work+and+no+play+", 20))
	}
	plain := b.send("GET", "/", "").Body
	res := b.Do(webtest.Request{Header: http.Header{"Cookie": {b.cookie}, "Accept-Encoding": {"gzip"}}})
	if res.Header.Get("Content-Encoding") != "gzip" || len(res.Body) > len(plain)/5 {
		t.Fatalf("got %v and %d bytes", res.Header, len(res.Body))
	}
	z, err := gzip.NewReader(strings.NewReader(res.Body))
	if err != nil {
		t.Fatal(err)
	}
	if page, err := io.ReadAll(z); err != nil || string(page) != plain {
		t.Errorf("got %s, %v", page, err)
	}
}
