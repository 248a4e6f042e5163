// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A peer is a program that tests talk to, or a file that they need. Tests that miss it skip and say so.
type peer struct {
	program string // a path for a file
	pkg     string // its Debian package, or a Go program: path@version
	tests   string // what skips without it
}

// goProgram reports whether it is installed by go install.
func (p peer) goProgram() bool { return strings.Contains(p.pkg, "@") }

// how tells how it is installed.
func (p peer) how() string {
	if p.goProgram() {
		return "go install " + p.pkg
	}
	return "Debian: apt-get install " + p.pkg
}

var peers = []peer{
	{"curl", "curl", "the HTTP tests of web and twist with a real client"},
	{"wget", "wget", "the test of web/static that resumes a download"},
	{"python3", "python3", "the tests of web that read with Python's libraries"},
	{"nghttp", "nghttp2-client", "the tests of web's HTTP/2 with nghttp"},
	{"h2load", "nghttp2-client", "the same with h2load"},
	{"h2spec", "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible", "the conformance tests of web's HTTP/2"},
	{"/usr/lib/python3/dist-packages/prometheus_client", "python3-prometheus-client", "the test of web/observe that has its metrics parsed"},
	{"pebble", "pebble", "the tests of web/acme and twist web --acme with an authority, as pebble-challtestsrv, its name server"},
	{"xml-rpc-api2cpp", "xmlrpc-api-utils", "the test of web/xmlrpc with a client in C"},
	{"nghttpd", "nghttp2-server", "the tests of web's HTTP/2 client with its server"},
	{"/usr/sbin/apache2", "apache2", "the tests of web's client with Apache"},
	{"/usr/lib/python3/dist-packages/OpenSSL", "python3-openssl", "those with Twisted over TLS"},
	{"/usr/lib/python3/dist-packages/service_identity", "python3-service-identity", "the same"},
	{"/usr/lib/python3/dist-packages/h2", "python3-h2", "those with Twisted over HTTP/2"},
	{"/usr/lib/python3/dist-packages/priority", "python3-priority", "the same"},
	{"openssl", "openssl", "the TLS tests against s_client and s_server"},
	{"nc", "netcat-openbsd", "the tests with nc: finger examples, publish/subscribe, half-close, portforward, wire"},
	{"socat", "socat", "the tests with socat: UNIX, UDP, serial lines, portforward"},
	{"nginx", "nginx", "the tests of web's client with nginx, and the one that tries to smuggle requests past servers in front, as for haproxy"},
	{"wrk", "wrk", "the test of web that replaces a server under load"},
	{"/usr/lib/python3/dist-packages/websockets/__init__.py", "python3-websockets", "the test of web/proxy with WebSocket between two ends of Python's, and that of web/internal/ws against each of them"},
	{"/usr/lib/python3/dist-packages/autobahn/__init__.py", "python3-autobahn", "the tests of web/websocket with Autobahn as the client and as the server"},
	{"haproxy", "haproxy", "the PROXY protocol tests behind haproxy, twist portforward among them, and the smuggling test of web"},
	{"finger", "finger", "the finger tests with a real client"},
	{"systemd-socket-activate", "systemd", "the socket activation tests"},
	{"/usr/sbin/unix_chkpwd", "libpam-modules-bin", "the test of logins with a system account"},
	{"useradd", "passwd", "the same"},
	{"strace", "strace", "the tests of accept with injected faults"},
	{"/usr/sbin/rsyslogd", "rsyslog", "the syslog tests against rsyslogd"},
	{"logger", "bsdutils", "the syslog tests that compare with logger(1)"},
	{"script", "bsdutils", "the tests of the console and of twist's log on a terminal"},
	{"zsh", "zsh", "the test of twist's completion for zsh"},
	{"fish", "fish", "the test of twist's completion for fish"},
	{"twistd3", "python3-twisted", "the tests of bench's Twisted server, those in which Twisted reads our logs, the one that compares templates, and that of web/xmlrpc with its server"},
	{"trial3", "python3-twisted", "the test of trial that compares it with Twisted's"},
	{"subunit-stats", "subunit", "the test of trial's subunit with its own programs"},
	{"/usr/lib/python3/dist-packages/junitxml/__init__.py", "python3-junitxml", "the same"},
	{"gotestsum", "gotest.tools/gotestsum@v1.13.0", "the test of trial's events with gotestsum, and the one of tools/internal/trial that compares them"},
	{"git", "git", "the tests of trial/runner with revisions"},
	{"dlv", "github.com/go-delve/delve/cmd/dlv@v1.26.0", "the test of trial/runner with Delve"},
	{"gdb", "gdb", "the same with gdb"},
	{"chromium", "chromium", "the test of web/template that no text runs as a script in a browser"},
	{"chromium", "chromium", "the tests of web with a browser: HTTP/2, and that no text of web/template runs as a script"},
	{"twistd3", "python3-twisted", "the tests of bench's Twisted server, and those in which Twisted reads our logs"},
	{"/usr/bin/python3", "python3", "the tests of WSGI and of CGI in Python"},
	{"/usr/lib/python3/dist-packages/flask", "python3-flask", "the test of WSGI with Flask, and that of web's client with a login"},
	{"/usr/lib/python3/dist-packages/django", "python3-django", "the test of WSGI with Django"},
	{"php-cgi", "php-cgi", "the tests of FastCGI and CGI with PHP"},
	{"perl", "perl", "the tests of CGI with Perl"},
	{"microsocks", "microsocks", "the tests of protocols/socks with a real proxy, and those of web/client through it"},
	{"tinyproxy", "tinyproxy", "the tests of web/client through an HTTP proxy"},
	{"/usr/sbin/squid", "squid", "the same"},
	{"/usr/sbin/danted", "dante-server", "the tests of protocols/socks with Dante, and those of web's client through it"},
	{"/usr/sbin/sshd", "openssh-server", "the same with ssh -D"},
	{"ssh", "openssh-client", "the same"},
	{"actionlint", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "the test that has a linter look at .github/workflows"},
	{"gcc", "gcc", "the tests of bench's servers in C"},
	{"/usr/include/stdio.h", "libc6-dev", "the same"},
	{"/usr/lib/wine/wine64", "wine64", "the steps windows-some and windows"},
	{"x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64", "the same"},
	{"/usr/include/liburing.h", "liburing-dev", "the tests of bench's io_uring server in C"},
}

// peers installs what is missing where it can, and tells what stays missing.
func (c *checker) peers(out io.Writer) error {
	missing := missingPeers()
	if len(missing) > 0 && canInstall() {
		var pkgs, programs []string
		for _, p := range missing {
			if p.goProgram() {
				programs = append(programs, p.pkg)
			} else {
				pkgs = append(pkgs, p.pkg)
			}
		}
		for _, err := range []error{c.install(out, pkgs), c.goInstall(out, programs)} {
			if err != nil {
				fmt.Fprintf(out, "could not install: %v\n", err)
			}
		}
		missing = missingPeers()
	}
	c.note = fmt.Sprintf("%d of %d there", len(peers)-len(missing), len(peers))
	for _, p := range missing {
		c.note += fmt.Sprintf("\n     %s is missing (%s): skips %s", p.program, p.how(), p.tests)
	}
	return nil
}

func missingPeers() []peer {
	var missing []peer
	for _, p := range peers {
		if !p.here() {
			missing = append(missing, p)
		}
	}
	return missing
}

func (p peer) here() bool {
	if filepath.IsAbs(p.program) {
		_, err := os.Stat(p.program)
		return err == nil
	}
	_, err := exec.LookPath(p.program)
	return err == nil
}

// canInstall reports whether this is root on a Debian system.
func canInstall() bool {
	if _, err := os.Stat("/etc/debian_version"); err != nil {
		return false
	}
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0
}

// goInstall puts Go programs where everybody finds them.
func (c *checker) goInstall(out io.Writer, programs []string) error {
	for _, program := range programs {
		cmd := c.command("go", "install", program)
		cmd.Env = append(os.Environ(), "GOBIN=/usr/local/bin", "GOWORK=off", "GOFLAGS=-mod=mod")
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("go install %s: %w", program, err)
		}
	}
	return nil
}

func (c *checker) install(out io.Writer, pkgs []string) error {
	if len(pkgs) == 0 {
		return nil
	}
	for _, args := range [][]string{
		{"apt-get", "update", "-qq"},
		append([]string{"apt-get", "install", "-y", "-qq", "--no-install-recommends"}, pkgs...),
	} {
		cmd := c.command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
	}
	return nil
}
