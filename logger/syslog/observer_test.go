// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package syslog

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func mustNew(t *testing.T, c Config) *Observer {
	t.Helper()
	c.MinBackoff, c.MaxBackoff = time.Millisecond, 5*time.Millisecond
	o, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

// until waits for a condition.
func until(t *testing.T, is func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.NewTimer(20*time.Second)
	defer tick.Stop()
	defer end.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatal("waited in vain")
		}
	}
}

func info(text string) *logger.Event { return &logger.Event{Level: logger.Info, Format: text} }

// packets returns a socket's datagrams.
func packets(t *testing.T, network, address string) (net.PacketConn, func() string) {
	t.Helper()
	if network == "unixgram" && runtime.GOOS == "windows" {
		t.Skip("there are no UNIX datagrams")
	}
	pc, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	return pc, func() string {
		b := make([]byte, 1<<17)
		pc.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, _, err := pc.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestDatagrams(t *testing.T) {
	for _, network := range []string{"udp", "unixgram"} {
		address := "127.0.0.1:0"
		if network == "unixgram" {
			address = filepath.Join(t.TempDir(), "log")
		}
		pc, next := packets(t, network, address)
		o := mustNew(t, Config{Network: network, Address: pc.LocalAddr().String(), Level: slog.LevelInfo})
		o.Observe(info("one"))
		o.Observe(&logger.Event{Level: logger.Debug, Format: "not wanted"})
		o.Observe(info("two"))
		for _, want := range []string{"one", "two"} {
			if got := next(); !strings.HasPrefix(got, "<14>") || !strings.HasSuffix(got, want) {
				t.Errorf("%s: %q", network, got)
			}
		}
	}
}

// TestDaemonRestarts has the local daemon go and come back: what is queued meanwhile arrives.
func TestDaemonRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	o := mustNew(t, Config{Address: path})
	o.Observe(info("early"))
	until(t, func() bool { return o.Failures() >= 3 })
	pc, next := packets(t, "unixgram", path)
	if got := next(); !strings.HasSuffix(got, ": early") {
		t.Errorf("%q", got)
	}
	pc.Close()
	os.Remove(path)
	o.Observe(info("between"))
	_, next = packets(t, "unixgram", path)
	if got := next(); !strings.HasSuffix(got, ": between") {
		t.Errorf("%q", got)
	}
}

// counted reads a message with octet counting.
func counted(r *bufio.Reader) (string, error) {
	n, err := r.ReadString(' ')
	if err != nil {
		return "", err
	}
	size, err := strconv.Atoi(strings.TrimSpace(n))
	if err != nil {
		return "", err
	}
	b := make([]byte, size)
	_, err = io.ReadFull(r, b)
	return string(b), err
}

func TestStreams(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	certs := &tls.Config{Certificates: server.TLS.Certificates}
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig // which trusts httptest's own certificate
	for name, c := range map[string]Config{"tcp": {Network: "tcp"}, "lines": {Network: "tcp", NonTransparent: true}, "tls": {Network: "tcp", TLS: roots}, "unix": {Network: "unix"}} {
		t.Run(name, func(t *testing.T) {
			address := "127.0.0.1:0"
			if c.Network == "unix" {
				address = filepath.Join(t.TempDir(), "log")
			}
			ln, err := net.Listen(c.Network, address)
			if c.Network == "unix" && err != nil && runtime.GOOS == "windows" {
				t.Skip(err) // wine 8 has none
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.TLS != nil {
				ln = tls.NewListener(ln, certs)
			}
			defer ln.Close()
			c.Address = ln.Addr().String()
			o := mustNew(t, c)
			for round := range 3 { // the server closes each connection
				o.Observe(info(fmt.Sprint("round ", round)))
				conn, err := ln.Accept()
				if err != nil {
					t.Fatal(err)
				}
				conn.SetDeadline(time.Now().Add(20 * time.Second))
				r := bufio.NewReader(conn)
				var got string
				if c.Network == "tcp" && !c.NonTransparent {
					got, err = counted(r)
				} else {
					got, err = r.ReadString('\n')
				}
				if err != nil || !strings.HasSuffix(strings.TrimSpace(got), fmt.Sprint("round ", round)) {
					t.Errorf("round %d: %q, %v", round, got, err)
				}
				conn.Close()
				until(t, func() bool { // the client has noticed
					o.s.mu.Lock()
					defer o.s.mu.Unlock()
					return o.s.conn == nil
				})
			}
		})
	}
}

// TestLost fills the queue while there is no server.
func TestLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	o := mustNew(t, Config{Address: path, Queue: async.Config{MaxEvents: 2}})
	for range 10 {
		o.Observe(info("x"))
	}
	if o.Dropped() != 8 {
		t.Errorf("%d dropped", o.Dropped())
	}
	_, next := packets(t, "unixgram", path)
	next()
	next()
	if got := next(); !strings.Contains(got, ": 8 events lost") {
		t.Errorf("%q", got)
	}
}

func TestCloseWithoutServer(t *testing.T) {
	o := mustNew(t, Config{Address: filepath.Join(t.TempDir(), "log"), Queue: async.Config{CloseTimeout: time.Millisecond}})
	o.Observe(info("x"))
	if err := o.Close(); err == nil {
		t.Error("no error for an event that was not sent")
	}
}

// TestTooLong has a datagram that the system refuses cut.
func TestTooLong(t *testing.T) {
	pc, next := packets(t, "udp", "127.0.0.1:0")
	o := mustNew(t, Config{Network: "udp", Address: pc.LocalAddr().String(), MaxSize: 100000})
	o.Observe(info(strings.Repeat("x", 90000)))
	if got := next(); len(got) != 50000 {
		t.Errorf("%d octets", len(got))
	}
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	_, next := packets(t, "unixgram", path)
	o, err := NewJournal(Config{Address: path, AppName: "app"})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	o.Observe(info("hello"))
	if got, want := next(), "PRIORITY=6\nSYSLOG_FACILITY=1\nSYSLOG_IDENTIFIER=app\nMESSAGE=hello\n"; got != want {
		t.Errorf("%q", got)
	}
}

// TestLikeLogger compares with what util-linux's logger(1) sends.
func TestLikeLogger(t *testing.T) {
	program, err := exec.LookPath("logger")
	if err != nil {
		t.Skip("no logger(1)")
	}
	pc, next := packets(t, "udp", "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(pc.LocalAddr().String())
	for flag, format := range map[string]Format{"--rfc5424=notq": RFC5424, "--rfc3164": RFC3164} {
		out, err := exec.Command(program, "-n", "127.0.0.1", "-P", port, "-d", flag, "-t", "app", "--id=77", "-p", "daemon.warning", "hello").CombinedOutput()
		if err != nil {
			t.Skipf("logger: %v: %s", err, out)
		}
		theirs := next()
		daemon := Daemon
		o := mustNew(t, Config{Network: "udp", Address: pc.LocalAddr().String(), Format: format, Facility: &daemon, AppName: "app", ProcID: "77"})
		o.Observe(&logger.Event{Time: time.Now(), Level: logger.Warn, Format: "hello"})
		a, b := strings.Fields(theirs), strings.Fields(next())
		if len(a) != len(b) {
			t.Fatalf("theirs %q, ours %q", a, b)
		}
		for i := range a {
			if a[i] != b[i] && !strings.Contains(a[i], ":") { // all but the time
				t.Errorf("theirs %q, ours %q", a, b)
			}
		}
	}
}

// TestRsyslogd sends to Debian's daemon and reads its file.
func TestRsyslogd(t *testing.T) {
	program, err := exec.LookPath("/usr/sbin/rsyslogd")
	if err != nil {
		t.Skip("no rsyslogd")
	}
	dir := t.TempDir()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(probe.Addr().String())
	probe.Close()
	file, socket := filepath.Join(dir, "out"), filepath.Join(dir, "log")
	conf := fmt.Sprintf(`module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" socket=%q createpath="on")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port=%q)
module(load="imudp")
input(type="imudp" address="127.0.0.1" port=%q)
template(name="t" type="string" string="%%PRI%%|%%APP-NAME%%|%%PROCID%%|%%STRUCTURED-DATA%%|%%msg%%\n")
action(type="omfile" file=%q template="t")
`, socket, port, port, file)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-n", "-f", filepath.Join(dir, "conf"), "-i", filepath.Join(dir, "pid"))
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	e := &logger.Event{Time: time.Now(), Level: logger.Error, Namespace: "n", Format: "hello]", Fields: []slog.Attr{slog.String("k", "v\"]\\")}}
	const data = `[fields@32473 namespace="n" k="v\"\]\\"]`
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{Network: "tcp", Address: "127.0.0.1:" + port}, "11|app|7|" + data + "|hello]\n"},
		{Config{Network: "tcp", Address: "127.0.0.1:" + port, NonTransparent: true}, "11|app|7|" + data + "|hello]\n"},
		{Config{Network: "udp", Address: "127.0.0.1:" + port}, "11|app|7|" + data + "|hello]\n"},
		{Config{Address: socket}, "11|app|7|-| hello] namespace=n k=\"v\\\"]\\\\\"\n"},
	} {
		before, _ := os.ReadFile(file)
		c := tt.c
		c.AppName, c.ProcID = "app", "7"
		o := mustNew(t, c)
		o.Observe(e)
		var got string
		until(t, func() bool {
			all, _ := os.ReadFile(file)
			got = strings.TrimPrefix(string(all), string(before))
			return strings.HasSuffix(got, "\n")
		})
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", c.Network, got, tt.want)
		}
	}
}
