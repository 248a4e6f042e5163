// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgienv_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
)

// variables returns what the request below /app/run has, as NAME=value.
func variables(t *testing.T, request string, o cgienv.Options) (vars []string, err error) {
	t.Helper()
	leaf := web.LeafFunc(func(r *web.Request) {
		var list []cgienv.Var
		list, err = cgienv.Variables(r, o)
		for _, v := range list {
			vars = append(vars, v.Name+"="+v.Value)
		}
	})
	var root, app web.Tree
	root.PutChild("app", &app)
	app.PutChild("run", leaf)
	tr := protocoltest.NewStringTransport()
	p, _ := web.NewSite(&root, web.Config{Logger: slog.New(slog.DiscardHandler)}).BuildProtocol(tr.Remote)
	tr.Connect(p)
	tr.FeedString(request)
	tr.Clock.Advance(0)
	if vars == nil && err == nil {
		t.Fatalf("no request: %q", tr.Value())
	}
	return vars, err
}

func TestVariables(t *testing.T) {
	got, err := variables(t, "POST /app/run/a%20b/../c?x=%20&y HTTP/1.1\r\nHost: example.org:81\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n"+
		"Accept: a\r\nX-Two: 1\r\naccept: b\r\nCookie: a=1\r\nCookie: b=2\r\nAuthorization: Basic eA==\r\n\r\n", cgienv.Options{DocumentRoot: "/srv"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"GATEWAY_INTERFACE=CGI/1.1", "SERVER_SOFTWARE=Torsion", "SERVER_PROTOCOL=HTTP/1.1", "REQUEST_METHOD=POST", "REQUEST_URI=/app/run/a%20b/../c?x=%20&y",
		"QUERY_STRING=x=%20&y", "SCRIPT_NAME=/app/run", "PATH_INFO=/a b/../c", "DOCUMENT_ROOT=/srv", "PATH_TRANSLATED=/srv/c", "REQUEST_SCHEME=http",
		"SERVER_NAME=example.org", "CONTENT_LENGTH=0", "CONTENT_TYPE=text/plain", "HTTP_HOST=example.org:81", "HTTP_ACCEPT=a, b", "HTTP_X_TWO=1", "HTTP_COOKIE=a=1; b=2",
		"HTTP_AUTHORIZATION=Basic eA==",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %q", want, got)
		}
	}
	for _, name := range []string{"REMOTE_ADDR", "REMOTE_PORT", "SERVER_PORT", "SERVER_ADDR"} {
		if !slices.ContainsFunc(got, func(v string) bool { return strings.HasPrefix(v, name+"=") && len(v) > len(name)+1 }) {
			t.Errorf("%s is missing in %q", name, got)
		}
	}
	got, _ = variables(t, "GET /app/run HTTP/1.0\r\n\r\n", cgienv.Options{})
	for _, v := range got {
		if strings.HasPrefix(v, "CONTENT_") || strings.HasPrefix(v, "HTTP_") || strings.HasPrefix(v, "PATH_TR") || v == "SERVER_NAME=" {
			t.Errorf("the bare request has %q", v)
		}
	}
}

// Class 18 (CVE-2016-1000111, httpoxy), and its kin: no field becomes a variable that means something else.
func TestHeadersThatAreNoVariables(t *testing.T) {
	got, _ := variables(t, "GET /app/run HTTP/1.1\r\nHost: h\r\nProxy: evil\r\npROXY: evil\r\nX_Real_IP: evil\r\nX-Real-IP: good\r\nX.Y: evil\r\n"+
		"Content_Length: evil\r\nContent-Type_: evil\r\nX-A'B: evil\r\n\r\n", cgienv.Options{})
	for _, v := range got {
		if strings.Contains(v, "evil") {
			t.Errorf("%s", v)
		}
	}
	if !slices.Contains(got, "HTTP_X_REAL_IP=good") {
		t.Errorf("got %q", got)
	}
	if _, err := variables(t, "GET /app/run/a%00b HTTP/1.1\r\nHost: h\r\n\r\n", cgienv.Options{}); !errors.Is(err, cgienv.ErrVariable) {
		t.Errorf("a NUL in the path: %v", err)
	}
}

func TestWith(t *testing.T) {
	got := cgienv.With([]cgienv.Var{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}}, map[string]string{"C": "3", "A": "4"})
	if fmt.Sprint(got) != "[{B 2} {A 4} {C 3}]" {
		t.Errorf("got %v", got)
	}
}

var _ protocol.Transport = (*protocoltest.StringTransport)(nil)
