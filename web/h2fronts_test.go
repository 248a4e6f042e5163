// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/digest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/cgi"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/httpauth"
	"github.com/torsion-go/torsion/web/proxy"
	"github.com/torsion-go/torsion/web/static"
)

// HTTP/2 in front of what speaks something else behind it: programs by CGI, another server by HTTP/1; a login that hashes the path; compressed files; with curl.
// It is over TLS since curl 7.88 ends with status 16 when it uses a cleartext connection for a second request with --http2-prior-knowledge, as a digest login does, whatever the server (curl pull request 10643).
func TestH2InFront(t *testing.T) {
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nprintf '%s %s ' \"$SERVER_PROTOCOL\" \"$REQUEST_METHOD\"\nwc -c\n"
	text := strings.Repeat("0123456789abcdef", 50000)
	if err := os.WriteFile(filepath.Join(dir, "count"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := static.Dir(dir, static.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	upstream := listen(t, protocol.Factory(web.NewSite(web.Func(func(r *web.Request) {
		r.ReadBody(func(b []byte, err error) { r.WriteString(r.Proto + " " + r.Method + " " + r.URI + " "); r.Write(b) })
	}), web.Config{Logger: quiet})))
	reverse, err := proxy.NewReverse(proxy.ReverseConfig{Upstreams: []string{"tcp:" + upstream}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	db := new(cred.InMemoryUsernamePasswordDatabaseDontUse)
	db.AddUser("ann", "secret")
	var root web.Tree
	root.PutChild("cgi", cgi.Script(filepath.Join(dir, "count"), cgi.Config{}))
	root.PutChild("files", files)
	root.PutChild("compressed", compress.New(files, compress.Config{}))
	root.PutChild("proxy", reverse)
	root.PutChild("private", httpauth.Protect(web.Get(func(r *web.Request) {
		id, _ := httpauth.User(r)
		r.WriteString("hello " + id.String())
	}), httpauth.Config{}, []cred.AnyChecker{cred.Any[cred.UsernameHashedPassword](db)}, &httpauth.Digest{Factory: digest.Factory{Realm: "r"}}))
	cert, _ := selfSigned(t)
	over, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert}}, Logger: quiet},
		web.NewSite(&root, web.Config{Logger: quiet, HTTP2: web.HTTP2{Only: true}}))
	if err != nil {
		t.Fatal(err)
	}
	addr := listen(t, over)
	large := bytes.Repeat([]byte("x"), 200000)
	for _, tt := range []struct {
		name, path, want string
		in               []byte
		args             []string
	}{
		{"CGI", "/cgi", "HTTP/2.0 POST 200000", large, []string{"--data-binary", "@-"}},
		{"proxy", "/proxy/x?a=b", "HTTP/1.1 POST /x?a=b hello", []byte("hello"), []string{"--data-binary", "@-"}},
		{"digest", "/private", "hello ann", nil, []string{"--digest", "-u", "ann:secret"}},
		{"digest with a wrong password", "/private", "401", nil, []string{"--digest", "-u", "ann:wrong", "-o", os.DevNull, "-w", "%{http_code}"}},
		{"file", "/files/a.txt", text, nil, nil},
		{"range", "/files/a.txt", "2345", nil, []string{"-r", "2-5"}},
		{"compressed", "/compressed/a.txt", text, nil, []string{"--compressed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), path, append([]string{"-sk", "--http2", "--max-time", "60", "https://" + addr + tt.path}, tt.args...)...)
			cmd.Stdin = bytes.NewReader(tt.in)
			out, err := cmd.Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
				t.Errorf("got %.200q, %v", got, err)
			}
		})
	}
}
