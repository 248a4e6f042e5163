// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/internal/peers"
	"github.com/torsion-go/torsion/web/static"
)

// closeAfter is how many requests on a connection the servers answer that can be told so.
const closeAfter = 7

// A server is one that the client talks to. It has /files, /echo, and /moved, which leads to /files/small.txt.
type server struct {
	name                         string
	noHTTP1                      bool
	noRedirect, noGzip, noRanges bool
	begin                        func(t *testing.T, s *site) ports
}

// ports are those of a server; 0 stands for what it does not do.
type ports struct{ plain, secure, h2c int }

var servers = []server{
	{name: "nginx", begin: beginNginx},
	{name: "Apache", begin: beginApache},
	{name: "nghttpd", noHTTP1: true, noRedirect: true, noGzip: true, noRanges: true, begin: beginNghttpd},
	{name: "Go", begin: beginGo},
	{name: "Twisted", begin: beginTwisted},
	{name: "Site", begin: beginSite},
}

func beginNginx(t *testing.T, s *site) ports {
	dir := s.folder(t)
	p := ports{peers.FreePort(t), peers.FreePort(t), peers.FreePort(t)}
	s.write(t, dir, "conf", fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/err;
events { worker_connections 1024; }
http {
	access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	types { text/plain txt; } gzip on; gzip_proxied any; gzip_types text/plain; keepalive_requests %[2]d; client_max_body_size 10m; absolute_redirect off;
	ssl_certificate %[3]s; ssl_certificate_key %[3]s;
	server {
		listen 127.0.0.1:%[4]d; listen 127.0.0.1:%[5]d ssl http2; listen 127.0.0.1:%[6]d http2;
		root %[7]s;
		location = /moved { return 302 /files/small.txt; }
		location = /echo { proxy_pass http://127.0.0.1:%[8]d; }
	}
}
`, dir, closeAfter, s.pem, p.plain, p.secure, p.h2c, s.root, s.echo))
	peers.Start(t, p.plain, peers.Program(t, "nginx"), "-p", dir, "-c", filepath.Join(dir, "conf"))
	return p
}

func beginApache(t *testing.T, s *site) ports {
	dir := s.folder(t)
	p := ports{plain: peers.FreePort(t), secure: peers.FreePort(t)}
	p.h2c = p.plain
	user := ""
	if os.Geteuid() == 0 { // it refuses to be root
		user = "User www-data\nGroup www-data\n"
	}
	var modules strings.Builder
	for _, m := range []string{"mpm_event", "authz_core", "alias", "filter", "deflate", "mime", "proxy", "proxy_http", "ssl", "http2"} {
		fmt.Fprintf(&modules, "LoadModule %[1]s_module modules/mod_%[1]s.so\n", m)
	}
	s.write(t, dir, "conf", fmt.Sprintf(`ServerRoot /usr/lib/apache2
ServerName 127.0.0.1
%[1]s%[2]sDefaultRuntimeDir %[3]s
PidFile %[3]s/pid
ErrorLog %[3]s/err
Mutex posixsem
ServerLimit 1
StartServers 1
ThreadLimit 128
ThreadsPerChild 128
MaxRequestWorkers 128
KeepAlive on
MaxKeepAliveRequests %[4]d
Protocols h2 h2c http/1.1
TypesConfig /dev/null
AddType text/plain txt
AddOutputFilterByType DEFLATE text/plain
Redirect 302 /moved /files/small.txt
ProxyPass /echo http://127.0.0.1:%[5]d/echo
DocumentRoot %[6]s
Listen 127.0.0.1:%[7]d
Listen 127.0.0.1:%[8]d
<VirtualHost 127.0.0.1:%[8]d>
SSLEngine on
SSLCertificateFile %[9]s
</VirtualHost>
`, &modules, user, dir, closeAfter, s.echo, s.root, p.plain, p.secure, s.pem))
	peers.Start(t, p.plain, peers.Program(t, "apache2"), "-X", "-f", filepath.Join(dir, "conf"))
	return p
}

func beginNghttpd(t *testing.T, s *site) ports {
	path := peers.Program(t, "nghttpd")
	p := ports{secure: peers.FreePort(t), h2c: peers.FreePort(t)}
	common := []string{"-a", "127.0.0.1", "-d", s.root, "--echo-upload", "-m", "7"}
	peers.Start(t, p.h2c, path, append(common, "--no-tls", fmt.Sprint(p.h2c))...)
	peers.Start(t, p.secure, path, append(common, fmt.Sprint(p.secure), s.pem, s.pem)...)
	return p
}

func beginTwisted(t *testing.T, s *site) ports {
	python := peers.Program(t, "/usr/bin/python3")
	for _, module := range []string{"twisted", "OpenSSL", "service_identity", "h2", "priority"} {
		if _, err := os.Stat("/usr/lib/python3/dist-packages/" + module); err != nil {
			t.Skipf("the module %s of Debian's Python is not installed", module)
		}
	}
	p := ports{plain: peers.FreePort(t), secure: peers.FreePort(t)}
	peers.Start(t, p.plain, python, "testdata/site.py", filepath.Join(s.root, "files"), fmt.Sprint(p.plain), fmt.Sprint(p.secure), s.pem)
	return p
}

// goHandler is a server of net/http, which closes connections now and then.
func goHandler(root string) http.Handler {
	files := http.FileServer(http.Dir(root))
	var count atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1)%closeAfter == 0 {
			w.Header().Set("Connection", "close") // a GOAWAY over HTTP/2
		}
		switch {
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/files/small.txt", http.StatusFound)
		case r.URL.Path == "/echo":
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			w.Write(body)
		case strings.HasSuffix(r.URL.Path, "/text.txt") && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
			text, _ := os.ReadFile(filepath.Join(root, "files", "text.txt"))
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(text)
			z.Close()
		default:
			files.ServeHTTP(w, r)
		}
	})
}

func goServer(t *testing.T, h http.Handler, cert *tls.Certificate) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	if cert != nil {
		s.EnableHTTP2 = true
		s.Config.Protocols.SetHTTP2(true)
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*cert}}
		s.StartTLS()
	} else {
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func portOf(t *testing.T, s *httptest.Server) int {
	return parse(t, s.URL).port
}

func beginGo(t *testing.T, s *site) ports {
	plain, secure := portOf(t, goServer(t, goHandler(s.root), nil)), portOf(t, goServer(t, goHandler(s.root), &s.cert))
	return ports{plain, secure, plain}
}

func beginSite(t *testing.T, s *site) ports {
	r := peers.Reactor(t)
	files, err := static.Dir(filepath.Join(s.root, "files"), static.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	var root web.Tree
	root.PutChild("files", compress.New(files, compress.Config{}))
	root.PutChild("moved", web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Location", "/files/small.txt")
		r.SetStatus(302)
	}))
	root.PutChild("echo", web.Func(func(r *web.Request) {
		if rand.N(closeAfter) == 0 {
			r.ResponseHeader().Set("Connection", "close")
		}
		r.ReadBody(func(body []byte, err error) { r.Write(body) })
	}))
	f := web.NewSite(&root, web.Config{Logger: slog.New(slog.DiscardHandler)})
	layer, err := tlswrap.NewServer(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{s.cert}}})
	if err != nil {
		t.Fatal(err)
	}
	plain := peers.Listen(t, r, f, nil)
	secure := peers.Listen(t, r, f, func(inner endpoint.Server) endpoint.Server { return &endpoint.TLSServer{Inner: inner, Layer: layer} })
	return ports{plain, secure, plain}
}
