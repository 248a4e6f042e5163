// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/web/internal/peers"
)

// A proxy is a way to the servers. Where a program of it is missing its cells of the matrix are skipped.
type proxy struct {
	name     string
	programs []string
	begin    func(t *testing.T, s *site) string // returns its URL
}

var proxies = []proxy{
	{"direct", nil, func(*testing.T, *site) string { return "" }},
	{"tinyproxy", []string{"tinyproxy"}, beginTinyproxy},
	{"squid", []string{"squid"}, beginSquid},
	{"Dante", []string{"danted"}, beginDante},
	{"ssh", []string{"sshd", "ssh", "ssh-keygen"}, beginSSH},
}

// missing tells why there is no such proxy here, or returns "".
func (p *proxy) missing() string {
	for _, program := range p.programs {
		if _, err := peers.Find(program); err != nil {
			return program + " is not installed"
		}
	}
	if p.name == "ssh" && os.Geteuid() != 0 { // sshd gives its privileges up: it has to have them
		return "sshd needs root"
	}
	return ""
}

func beginTinyproxy(t *testing.T, s *site) string {
	dir, port := s.folder(t), peers.FreePort(t)
	s.write(t, dir, "conf", fmt.Sprintf("Port %d\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 500\nLogLevel Error\n", port))
	peers.Start(t, port, peers.Program(t, "tinyproxy"), "-d", "-c", filepath.Join(dir, "conf"))
	return local("http", port)
}

func beginSquid(t *testing.T, s *site) string {
	dir, port := s.folder(t), peers.FreePort(t)
	s.write(t, dir, "conf", fmt.Sprintf(`http_port 127.0.0.1:%d
http_access allow all
cache deny all
cache_mem 1 MB
access_log none
cache_log /dev/null
pid_filename none
netdb_filename none
pinger_enable off
max_filedescriptors 1024
shutdown_lifetime 0 seconds
`, port))
	peers.Start(t, port, peers.Program(t, "squid"), "-N", "-f", filepath.Join(dir, "conf"))
	return local("http", port)
}

func myName(t *testing.T) string {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return me.Username
}

func beginDante(t *testing.T, s *site) string {
	dir, port := s.folder(t), peers.FreePort(t)
	s.write(t, dir, "conf", fmt.Sprintf(`logoutput: stderr
internal: 127.0.0.1 port = %d
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: %[2]s
user.unprivileged: %[2]s
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`, port, myName(t)))
	peers.Start(t, port, peers.Program(t, "danted"), "-f", filepath.Join(dir, "conf"), "-p", filepath.Join(dir, "pid"), "-N", "1")
	return local("socks5", port)
}

func beginSSH(t *testing.T, s *site) string {
	sshd, ssh, keygen := peers.Program(t, "sshd"), peers.Program(t, "ssh"), peers.Program(t, "ssh-keygen")
	os.MkdirAll("/run/sshd", 0o755)
	dir := s.folder(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, key := range []string{"host", "user"} {
		if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", at(key)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	pub, err := os.ReadFile(at("user.pub"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, dir, "keys", string(pub))
	port, socks := peers.FreePort(t), peers.FreePort(t)
	s.write(t, dir, "config", fmt.Sprintf("ListenAddress 127.0.0.1:%d\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n", port, at("host"), at("keys")))
	peers.Start(t, port, sshd, "-D", "-e", "-f", at("config"))
	peers.Start(t, socks, ssh, "-F", "none", "-N", "-D", fmt.Sprint("127.0.0.1:", socks), "-i", at("user"), "-p", fmt.Sprint(port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "BatchMode=yes", myName(t)+"@127.0.0.1")
	return local("socks5h", socks)
}

// through returns what Config.Proxy is for a proxy; "" is none.
func through(t *testing.T, proxy string) func(*url.URL) (*url.URL, error) {
	if proxy == "" {
		return nil
	}
	u := parse(t, proxy).URL
	return func(*url.URL) (*url.URL, error) { return u, nil }
}
