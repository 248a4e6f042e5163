// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/certificate"
)

// write makes a file, which may be run.
func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// startWeb starts twist web on a port of its own and returns it with its address.
func startWeb(t *testing.T, args ...string) (*server, string) {
	t.Helper()
	s := start(t, 1, append([]string{"web", "--listen", "tcp:0:interface=127.0.0.1", "--log-format", "json"}, args...)...)
	return s, "http://" + s.addresses[0]
}

// A question is asked by curl.
type question struct {
	name string
	args []string
	want string // the whole answer
}

func questions(t *testing.T, all []question) {
	t.Helper()
	for _, q := range all {
		t.Run(q.name, func(t *testing.T) {
			if got := curl(t, q.args...); got != q.want {
				t.Errorf("got %q, want %q", got, q.want)
			}
		})
	}
}

var code = []string{"-o", os.DevNull, "-w", "%{http_code}"}

const shellScript = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n%s %s %s' \"$REQUEST_METHOD\" \"$SCRIPT_NAME\" \"$PATH_INFO\"\n"

func TestWebFiles(t *testing.T) {
	dir := folder(t)
	write(t, dir, "start.htm", "the index")
	write(t, dir, "odd.name", "odd")
	write(t, dir, "run.sh", "echo 'Content-Type: text/plain'; echo; echo \"$SCRIPT_NAME $PATH_INFO\"")
	write(t, dir, "self.cgi", shellScript)
	write(t, dir, "programs/index.cgi", shellScript)
	write(t, dir, "page.tmpl", "<p>{{.Method}} {{.Args.Get \"q\"}}")
	s, at := startWeb(t, "--path", dir, "--index", "start.htm", "--index", "index.cgi", "--mime-type", "text/x-odd", "--ignore-ext", "txt", "--processor", "sh=cgi:/bin/sh", "--processor", "cgi=cgi", "--processor", "tmpl=template", "--security-headers", "--metrics", "/deep/metrics",
		"--no-listing", "--dotfiles", "--cache-control", "max-age=60", "--open-files", "10", "--add-header", "X-One: 1", "--add-header", "X-Two:2", "--mount", "/deep/er=path:"+dir)
	questions(t, []question{
		{"index", []string{at + "/"}, "the index"},
		{"type", []string{"-o", os.DevNull, "-w", "%{content_type} %header{cache-control}", at + "/odd.name"}, "text/x-odd max-age=60"},
		{"no extension", []string{at + "/hello"}, "hello, world\n"},
		{"interpreter", []string{at + "/run.sh/a/b"}, "/run.sh /a/b\n"},
		{"program", []string{"-d", "x=y", at + "/self.cgi/c"}, "POST /self.cgi /c"},
		{"program as index", []string{at + "/programs/"}, "GET /programs/index.cgi "},
		{"program below a mount", []string{at + "/deep/er/self.cgi/c"}, "GET /deep/er/self.cgi /c"},
		{"template", []string{at + "/page.tmpl?q=%3Cb%3E"}, "<!DOCTYPE html>\n<p>GET &lt;b&gt;"},
		{"security headers", []string{"-o", os.DevNull, "-w", "%header{x-content-type-options}%header{strict-transport-security}", at + "/"}, "nosniff"},
		{"no listing", append(code, at+"/sub/"), "403"},
		{"hidden", []string{at + "/.hidden"}, "secret"},
		{"added fields", []string{"-o", os.DevNull, "-w", "%header{x-one}%header{x-two}", at + "/"}, "12"},
		{"added to errors", []string{"-o", os.DevNull, "-w", "%{http_code} %header{x-one}", at + "/none"}, "404 1"},
		{"beside the mount", append(code, at+"/deep/e"), "404"},
	})
	if got := curl(t, at+"/deep/metrics"); !strings.Contains(got, `http_requests_total{method="POST",status="2xx"} 1`) {
		t.Errorf("the metrics: %s", got)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}

// flask is an application that tells what it was asked.
const flask = `import os
from flask import Flask, request
app = Flask(__name__)

@app.route("/", methods=["GET", "POST"])
def index():
    return "hello from " + os.environ.get("SHOP", "flask") + ", " + request.method + " " + request.script_root

@app.route("/pid")
def pid():
    return str(os.getpid())
`

// needsFlask returns the options of twist that have Flask.
func needsFlask(t *testing.T) []string {
	t.Helper()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import flask").Run() == nil {
		return []string{"--python", python}
	}
	if exec.Command("python3", "-c", "import flask").Run() == nil {
		return nil
	}
	t.Skip("flask is not installed (Debian: python3-flask)")
	return nil
}

// TestWebApplications has a Python application, CGI programs and another server in one.
func TestWebApplications(t *testing.T) {
	python := needsFlask(t)
	dir := t.TempDir()
	write(t, dir, "shop.py", flask)
	write(t, dir, "cgi/hello", shellScript)
	behind := startPython(t, folder(t))
	s, at := startWeb(t, append(python, "--wsgi", "shop:app", "--wsgi-dir", dir, "--wsgi-workers", "1", "--wsgi-threads", "2", "--mount", "/cgi-bin=cgi:"+filepath.Join(dir, "cgi"), "--mount", "/one=cgi:"+filepath.Join(dir, "cgi/hello"),
		"--mount", "/again=wsgi:shop:app", "--mount", "/files=proxy:http://"+behind, "--mount", "/files=proxy:tcp:"+behind, "--proxy-balance", "least", "--max-body", "1K")...)
	s.next("started")
	questions(t, []question{
		{"Flask", []string{at + "/"}, "hello from flask, GET "},
		{"Flask below a mount", []string{"-d", "x", at + "/again/"}, "hello from flask, POST /again"},
		{"too much", append(code, "-d", strings.Repeat("x", 1025), at+"/"), "413"},
		{"folder of CGI programs", []string{at + "/cgi-bin/hello/x"}, "GET /cgi-bin/hello /x"},
		{"CGI program", []string{at + "/one/x"}, "GET /one /x"},
		{"other server", []string{at + "/files/hello.txt"}, "hello, world\n"},
		{"the same once more", []string{at + "/files/hello.txt"}, "hello, world\n"},
		{"HTTP/2 in plain text", []string{"--http2-prior-knowledge", "-w", " %{http_version}", at + "/files/hello.txt"}, "hello, world\n 2"},
	})
	pid := curl(t, at+"/pid")
	write(t, dir, "shop.py", strings.Replace(flask, `"flask"`, `"new flask"`, 1))
	reload(t, s)
	if got := curl(t, at+"/"); got != "hello from new flask, GET " || curl(t, at+"/pid") == pid {
		t.Errorf("after SIGHUP: %q", got)
	}
	write(t, dir, "shop.py", "raise RuntimeError('broken')")
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.next("the service was not reloaded: it goes on as it was")
	if got := curl(t, at+"/"); got != "hello from new flask, GET " {
		t.Errorf("after a failed reload: %q", got)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}

// startPython starts Python's own server and returns its address.
func startPython(t *testing.T, dir string) string {
	t.Helper()
	program, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is missing")
	}
	cmd := exec.CommandContext(t.Context(), program, "-u", "-c", `import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print("%s:%d" % server.server_address, flush=True)
server.serve_forever()`, dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	address := make([]byte, 64)
	n, err := out.Read(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(address[:n]))
}

func TestWebTLS(t *testing.T) {
	dir := t.TempDir()
	pair := func(name string) {
		key, err := certificate.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		own, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: name}, Names: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		pem, err := own.DumpPEM()
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "pair.pem", string(pem))
	}
	pair("old.example")
	at := func(s *server) string { return "https://" + s.addresses[0] }
	s := start(t, 1, "web", "--log-format", "json", "--path", folder(t), "--listen", "limit:conns=100:tls:0:interface=127.0.0.1:cert="+dir+"/pair.pem")
	questions(t, []question{
		{"HTTP/2", []string{"-k", "-w", " %{http_version}", at(s) + "/hello.txt"}, "hello, world\n 2"},
		{"HTTP/1.1", []string{"-k", "--http1.1", "-w", " %{http_version}", at(s) + "/hello.txt"}, "hello, world\n 1.1"},
	})
	subject := []string{"-k", "-o", os.DevNull, "-w", "%{certs}", at(s) + "/hello.txt"}
	if got := curl(t, subject...); !strings.Contains(got, "old.example") {
		t.Errorf("the certificate is %q", got)
	}
	pair("new.example")
	reload(t, s)
	if got := curl(t, subject...); !strings.Contains(got, "new.example") {
		t.Errorf("after SIGHUP the certificate is %q", got)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

func TestWebLogins(t *testing.T) {
	users := write(t, t.TempDir(), "users", "joe:pass:word\nann:secret\n")
	s, at := startWeb(t, "--path", folder(t), "--auth", "file:"+users, "--realm", "My files", "--no-http2")
	at += "/hello.txt"
	questions(t, []question{
		{"nobody", append(code, at), "401"},
		{"Basic", []string{"-u", "ann:secret", at}, "hello, world\n"},
		{"Digest", []string{"--digest", "-u", "ann:secret", at}, "hello, world\n"},
		{"the strongest", []string{"--anyauth", "-u", "ann:secret", at}, "hello, world\n"},
		{"wrong password", append(code, "-u", "ann:wrong", at), "401"},
		{"wrong digest", append(code, "--digest", "-u", "ann:wrong", at), "401"},
	})
	if got := curl(t, "-D-", "-o", os.DevNull, at); !strings.Contains(got, `Basic realm="My files"`) || !strings.Contains(got, `Digest realm="My files"`) {
		t.Errorf("the challenges: %s", got)
	}
	if code := s.stop(); code != 0 || strings.Contains(s.lines.String(), "secret") {
		t.Errorf("exit status %d, or a password in the log:\n%s", code, s.lines.String())
	}
}

func TestWebRequestFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "access.log")
	s, at := startWeb(t, "--path", folder(t), "--logfile", file, "--trust-proxy", "127.0.0.0/8", "--trust-proxy", "::1")
	curl(t, "-H", "X-Forwarded-For: 192.0.2.7", at+"/hello.txt")
	eventually(t, func() bool { return strings.Contains(content(file), `"GET /hello.txt HTTP/1.1" 200 13`) })
	s.cmd.Process.Signal(syscall.SIGUSR1)
	s.next("the log was rotated")
	if err := os.Rename(file, file+".moved"); err != nil {
		t.Fatal(err)
	}
	s.cmd.Process.Signal(syscall.SIGHUP)
	s.next("the log was reopened")
	curl(t, at+"/sub/page.html")
	if code := s.stop(); code != 0 || strings.Contains(s.lines.String(), `"msg":"request"`) {
		t.Errorf("exit status %d, or requests in the program's log:\n%s", code, s.lines.String())
	}
	if !strings.Contains(content(file), "/sub/page.html") || content(file+".moved") != "" || !strings.Contains(content(file+".1"), "/hello.txt") {
		t.Errorf("the files: %q, %q, %q", content(file), content(file+".moved"), content(file+".1"))
	}
}

func TestWebMistakes(t *testing.T) {
	dir := t.TempDir()
	nowhere := "unix:" + dir + "/none/socket" // so that no server starts whatever is overlooked
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"--index x", 64, "--index: is for --path, which is not there"},
		{"--wsgi a:b --no-listing", 64, "--no-listing: is for --path"},
		{"--path . --wsgi-workers 2", 64, "--wsgi-workers: is for --wsgi"},
		{"--path . --proxy-check /", 64, "--proxy-check: is for --proxy"},
		{"--path . --realm x", 64, "--realm: is for --auth"},
		{"--path . --wsgi a:b", 64, "--path is at / already: leave either away, or say --mount PREFIX=wsgi:a:b"},
		{"--proxy http://a --cgi b", 64, "--proxy is at / already"},
		{"--path . --mount /=cgi:b", 64, "--mount: / is taken by --path"},
		{"--mount /a=path:. --mount /a/=cgi:b", 64, "/a/ is taken by path:."},
		{"--mount a=path:.", 64, `"a=path:." is not PREFIX=TYPE:ARGUMENT`},
		{"--mount /a=wsgy:.", 64, "did you mean wsgi?"},
		{"--mount /a=qqqq:.", 64, "there is no type"},
		{"--mount /a/../b=path:.", 64, "no path that a request can have"},
		{"--mount /a=path:", 64, "what follows path is missing"},
		{"--proxy ftp://a", 64, "neither an http nor an https URL"},
		{"--proxy http://u:secret@a/", 64, "http://u:xxxxx@a/"},
		{"--proxy http://a/x --proxy http://b/y", 64, "/y is not /x"},
		{"--proxy tcp:a:b", 1, `see "twist help endpoints"`},
		{"--fastcgi nothing:x", 1, "--fastcgi"},
		{"--cgi " + dir + "/none", 1, "--cgi: "},
		{"--wsgi 1x", 1, "--wsgi: "},
		{"--path . --processor sh", 64, "is not EXT=WHAT"},
		{"--path . --processor sh=cgy", 64, "did you mean cgi?"},
		{"--path . --processor sh=fastcgi", 64, "the endpoint is missing"},
		{"--path . --processor sh=fastcgi:nothing:x", 64, "--processor: "},
		{"--add-header X", 64, "is not NAME:VALUE"},
		{"--add-header X\x01:y", 64, "is not NAME:VALUE"},
		{"--trust-proxy 10.0.0.0/33", 64, "--trust-proxy"},
		{"--max-connections -1", 64, "MaxConnections is negative"},
		{"--certificate x", 64, "--certificate: is for --https"},
		{"--acme a.example", 64, "--acme: no port needs the certificates"},
		{"--acme a.example --https 0", 64, "--acme-dir is missing"},
		{"--acme a.example --listen tls:0 --acme-dir x", 64, "say --acme-agree"},
		{"--acme a.example --https 0 --acme-dir x --acme-agree --acme-url http://a", 64, "--acme-url: "},
		{"--acme a.example --https 0 --certificate x", 64, "--certificate: and --acme are two certificates"},
		{"--acme a.example --listen tls:0:cert=x", 64, "no port needs"},
		{"--acme *.example.org", 64, "--acme: "},
		{"--acme 127.0.0.1", 64, "www.example.org only"},
		{"--acme a.example --https 0 --acme-agree --acme-dir " + dir, 1, "holds private keys and is open to others"},
		{"--acme a.example --listen tls:0:key=x --acme-agree --acme-dir " + dir + "/acme", 1, "--listen: "},
		{"--acme-agree", 64, "--acme-agree: is for --acme"},
		{"--https 0 --certificate " + dir + "/none", 1, "none: no such file"},
		{"--auth nothing:x", 64, "no such authentication type"},
		{"--auth file:", 64, "the path of a file is needed"},
		{"--logfile " + dir + "/none/file", 74, "--logfile"},
		{"--logfile " + dir + "/file --log-format combined", 64, "leave either away"},
		{"--metrics x", 64, "no path such as /metrics"},
		{"--user --path .", 64, "leave either away"},
		{"--mont /a=path:.", 64, "did you mean --mount?"},
	} {
		var out bytes.Buffer
		if code := Main(t.Context(), append([]string{"--log-file", os.DevNull, "web", "--listen", nowhere}, strings.Fields(tt.args)...), &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: exit status %d, want %d; output lacks %q:\n%s", tt.args, code, tt.code, tt.want, out.String())
		}
	}
}

// TestWebApplicationThatDoesNotLoad: the program ends, with what Python said in the log.
func TestWebApplicationThatDoesNotLoad(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is missing")
	}
	s := start(t, 0, "web", "--listen", "unix:"+filepath.Join(t.TempDir(), "s"), "--wsgi", "none:app", "--wsgi-workers", "1", "--log-format", "json")
	s.said("No module named")
	for s.log.Scan() {
		s.lines.WriteString(s.log.Text() + "\n")
	}
	s.cmd.Wait()
	if code := s.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}

// TestWebLimits (class 7): connections beyond --max-connections are closed.
func TestWebLimits(t *testing.T) {
	s, at := startWeb(t, "--path", folder(t), "--max-connections", "1", "--max-per-peer", "1")
	held, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	held.Write([]byte("GET /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n"))
	if _, err := held.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("curl", "-sS", "--max-time", "60", at).CombinedOutput(); err == nil {
		t.Errorf("a second connection got %q", out)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// reload has the server reload.
func reload(t *testing.T, s *server) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.next("reloaded")
}
