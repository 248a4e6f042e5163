// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package inetd_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/inetd"
	"github.com/torsion-go/torsion/core/service/servicetest"
)

func TestPrograms(t *testing.T) {
	overEach(t, func(t *rig) {
		t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat", ":::660:DIR/cat stream unix nowait USER /bin/cat cat", "DIR/strict stream unix nowait USER /bin/cat cat",
			"127.0.0.1:accept stream tcp wait USER SELF accept", "DIR/accept stream unix wait USER SELF accept", "127.0.0.1:datagram dgram udp wait USER SELF datagram")
		t.check(t.do(t.s.Start))
		for _, name := range []string{"cat", t.dir + "/cat"} {
			long := strings.Repeat("some text", 1<<15)
			if got := t.exchange(name, long); got != long {
				t.Errorf("%s: %d bytes", name, len(got))
			}
		}
		for name, mode := range map[string]os.FileMode{"/cat": 0o660, "/strict": inetd.DefaultSocketMode} {
			if st, err := os.Stat(t.dir + name); err != nil || st.Mode().Perm() != mode {
				t.Errorf("%v, %v", st, err)
			}
		}
		for range 3 { // each time another program
			for _, name := range []string{"accept", t.dir + "/accept"} {
				if got := t.exchange(name, ""); got != "accepted" {
					t.Errorf("%s: %q", name, got)
				}
			}
			c := t.dial("datagram")
			_, err := c.Write([]byte("hello"))
			t.check(err)
			b := make([]byte, 100)
			n, err := c.Read(b)
			if err != nil || string(b[:n]) != "got hello" {
				t.Errorf("%q, %v", b[:n], err)
			}
		}
		t.until("cat", func(st inetd.Status) bool { return st.Children == 0 && st.Started == 1 })
		t.check(t.do(t.s.Stop))
		if _, err := os.Lstat(t.dir + "/cat"); err == nil {
			t.Error("the UNIX socket is left behind")
		}
	})
}

// A program finds its connection, a small environment, and nothing else.
func TestSurroundings(t *testing.T) {
	t.Setenv("INETD_SECRET", "x")
	overEach(t, func(t *rig) {
		uid, gid := os.Getuid(), os.Getgid()
		if uid == 0 {
			uid, gid = 65534, 65533
			t.check(os.Chmod(t.dir, 0o755))
		}
		if uid == 65534 { // the test's own folder may be closed to others
			self, err := os.Executable()
			t.check(err)
			dir, err := os.MkdirTemp("/tmp", "inetd")
			t.check(err)
			t.Cleanup(func() { os.RemoveAll(dir) })
			t.check(os.Chmod(dir, 0o755))
			b, err := os.ReadFile(self)
			t.check(err)
			t.check(os.WriteFile(dir+"/report", b, 0o755))
			t.conf(fmt.Sprintf("127.0.0.1:report stream tcp nowait %d:%d %s/report report one 'two three'", uid, gid, dir))
		} else {
			t.conf(fmt.Sprintf("127.0.0.1:report stream tcp nowait %d:%d SELF report one 'two three'", uid, gid))
		}
		t.check(t.do(t.s.Start))
		want := fmt.Sprintf("0 nonblock=false <nil>\n1 nonblock=false <nil>\n2 nonblock=false <nil>\nopen []\nenv [PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin]\n"+
			"dir /\nsession true\nuser %d %d\nargs [one two three]\n", uid, gid)
		if got := t.exchange("report", ""); got != want {
			t.Errorf("got\n%swant\n%s%s", got, want, t.log)
		}
	})
}

func TestInternal(t *testing.T) {
	overEach(t, func(t *rig) {
		t.conf("localhost:", "echo stream tcp nowait root internal", "discard stream tcp nowait root internal", "chargen stream tcp nowait root internal", "daytime stream tcp nowait root internal",
			"time stream tcp nowait root internal", "DIR/echo stream unix nowait root internal echo", "other stream tcp nowait root internal daytime")
		t.check(t.do(t.s.Start))
		for _, name := range []string{"echo", t.dir + "/echo"} {
			if got := t.exchange(name, "hello"); got != "hello" {
				t.Errorf("%s: %q", name, got)
			}
		}
		if got := t.exchange("discard", "hello"); got != "" {
			t.Errorf("discard: %q", got)
		}
		for name, want := range map[string]string{"daytime": "UTC\r\n", "other": "UTC\r\n"} {
			if got := t.exchange(name, ""); !strings.HasSuffix(got, want) {
				t.Errorf("%s: %q", name, got)
			}
		}
		if got := t.exchange("time", ""); len(got) != 4 {
			t.Errorf("time: %q", got)
		}
		c := t.dial("chargen")
		b := make([]byte, 1<<20)
		_, err := io.ReadFull(c, b)
		if err != nil || !strings.HasPrefix(string(b), ` !"#$`) {
			t.Errorf("chargen: %q, %v", b[:10], err)
		}
		t.until("echo", func(st inetd.Status) bool { return st.Children == 0 })
		t.check(t.do(t.s.Stop)) // ends the connection of chargen
		for err == nil {
			_, err = c.Read(b)
		}
	})
}

// Over UDP what is built in is guarded: no longer answer than the question (CVE-2024-2169's class).
func TestInternalDatagrams(t *testing.T) {
	overEach(t, func(t *rig) {
		t.conf("localhost:", "echo dgram udp wait root internal", "chargen dgram udp4 wait root internal", "time dgram udp wait root internal")
		t.check(t.do(t.s.Start))
		t.check(t.do(t.s.Reload)) // which leaves them alone
		for name, want := range map[string]int{"echo": 5, "chargen": 5, "time": 4} {
			c := t.dial(name)
			_, err := c.Write([]byte("hello"))
			t.check(err)
			b := make([]byte, 1000)
			if n, err := c.Read(b); err != nil || n != want || name == "echo" && string(b[:n]) != "hello" {
				t.Errorf("%s: %q, %v", name, b[:n], err)
			}
		}
	})
}

// A service that loops is switched off for a while.
func TestLoop(t *testing.T) {
	overEach(t, func(t *rig) {
		t.conf("DIR/cat stream unix nowait.3 USER /bin/cat cat", "127.0.0.1:datagram dgram udp wait.2 USER /bin/true true")
		t.check(t.do(t.s.Start))
		cat := t.dir + "/cat"
		for range 2 {
			for range 3 {
				if got := t.exchange(cat, "x"); got != "x" {
					t.Errorf("%q", got)
				}
			}
			t.advance(time.Minute)
		}
		for range 3 {
			t.exchange(cat, "x")
		}
		c := t.dial(cat)
		if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Error("the fourth connection in a minute was served")
		}
		off := func(st inetd.Status) bool { return st.SwitchedOff == 1 && !st.Addr.IsValid() }
		t.until(cat, off)
		if _, err := net.Dial("unix", cat); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("while it is off: %v", err)
		}
		// One that does not take its datagram is started again and again.
		d := t.dial("datagram")
		_, err := d.Write([]byte("x"))
		t.check(err)
		t.until("datagram", off)
		if !strings.Contains(t.log.String(), "switched off") || !strings.Contains(t.log.String(), "line=1") {
			t.Errorf("log: %s", t.log)
		}
		t.check(os.Mkdir(cat, 0o700)) // it cannot be opened at once
		t.advance(inetd.DefaultOff)
		t.until(cat, off)
		t.until("datagram", func(st inetd.Status) bool { return st.Addr.IsValid() })
		t.check(os.Remove(cat))
		t.advance(inetd.DefaultOff)
		if got := t.exchange(cat, "x"); got != "x" {
			t.Errorf("%q", got)
		}
	})
}

// At their limits, that of the service and that in all, the others wait (class 62).
func TestLimits(t *testing.T) {
	for name, cfg := range map[string]inetd.Config{"in all": {MaxChildren: 2}, "of a service": {MaxOfService: 2}} {
		t.Run(name, func(t *testing.T) {
			withRig(t, "", cfg, func(t *rig) {
				t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "127.0.0.1:echo stream tcp nowait USER internal")
				t.check(t.do(t.s.Start))
				one, two := t.dial("cat"), t.dial("cat")
				t.until("cat", func(st inetd.Status) bool { return st.Children == 2 && st.Full == 1 })
				three := t.dial("cat")
				_, err := io.WriteString(three, "x")
				t.check(err)
				if name == "of a service" {
					if got := t.exchange("echo", "y"); got != "y" {
						t.Errorf("echo: %q", got)
					}
				}
				if st := t.services()["cat"]; st.Started != 2 {
					t.Errorf("%+v", st)
				}
				one.Close()
				b := make([]byte, 1)
				if _, err := three.Read(b); err != nil || b[0] != 'x' {
					t.Errorf("%q, %v", b, err)
				}
				two.Close()
				three.Close()
				if got := t.exchange("echo", "y"); got != "y" {
					t.Errorf("echo: %q", got)
				}
			})
		})
	}
}

func TestReload(t *testing.T) {
	overEach(t, func(t *rig) {
		t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "127.0.0.1:accept stream tcp nowait USER /bin/cat cat", "DIR/cat stream unix nowait USER /bin/cat cat")
		t.check(t.do(t.s.Reload)) // not started: nothing
		t.check(t.do(t.s.Bind))
		before := t.services()
		c := t.dial("cat") // waits in the backlog
		t.check(t.do(t.s.Start))
		echo := func() {
			t.Helper()
			b := make([]byte, 1)
			_, err := c.Write([]byte("x"))
			t.check(err)
			if _, err := c.Read(b); err != nil || b[0] != 'x' {
				t.Errorf("%q, %v", b, err)
			}
		}
		echo()
		// Wrong files change nothing.
		t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "127.0.0.1:other stream tcp nowait USER /bin/no-such-program")
		if err := t.do(t.s.Reload); err == nil || !strings.Contains(err.Error(), "line 2: program") {
			t.Errorf("got %v", err)
		}
		t.check(os.Mkdir(t.dir+"/taken", 0o700))
		t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "127.0.0.1:other stream tcp nowait USER /bin/cat cat", "DIR/taken stream unix nowait USER /bin/cat cat")
		if err := t.do(t.s.Reload); err == nil || !strings.Contains(err.Error(), "line 3: ") || !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("got %v", err)
		}
		if got := t.services(); len(got) != 3 || got["cat"].Addr != before["cat"].Addr {
			t.Errorf("%v", got)
		}
		t.conf("127.0.0.1:other stream tcp nowait USER /bin/cat cat", "127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "127.0.0.1:accept stream tcp wait USER SELF accept")
		t.check(t.do(t.s.Reload))
		after := t.services()
		if len(after) != 3 || after["cat"].Addr != before["cat"].Addr || after["cat"].Children != 1 || after["accept"].Addr != before["accept"].Addr {
			t.Errorf("before %v\nafter %v", before, after)
		}
		echo()
		if _, err := os.Lstat(t.dir + "/cat"); err == nil {
			t.Error("the socket of a service that is gone is left behind")
		}
		for name, want := range map[string]string{"other": "x", "cat": "x", "accept": "accepted"} { // the latter has become one that is waited for
			send := "x"
			if name == "accept" {
				send = ""
			}
			if got := t.exchange(name, send); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		t.conf("")
		t.check(t.do(t.s.Reload))
		echo()
		c.Close()
	})
}

func TestErrorsNameTheLine(t *testing.T) {
	withRig(t, "", inetd.Config{}, func(t *rig) {
		fds := descriptors()
		t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "cat stream tcp nowait USER /bin/no-such-program", "nothing stream tcp nowait USER /bin/cat",
			"cat stream tcp4 nowait no-such-user /bin/cat cat", "cat stream tcp4 nowait 0:no-such-group /bin/cat cat", "cat stream tcp nowait USER /etc/passwd", "cat stream tcp nowait USER internal",
			"bad", "rstatd/1-3 dgram rpc/udp wait root /usr/sbin/rpc.rstatd")
		err := t.do(t.s.Start)
		for _, want := range []string{"line 2: cat/tcp is served by line 1 already", "line 3: program: ", "line 4: service nothing/tcp is unknown", "line 5: there is no user no-such-user",
			"line 6: there is no group no-such-group", "line 7: program /etc/passwd: not a file", `line 8: internal service "cat"`, "line 9: 1 fields"} {
			if err == nil || !strings.Contains(err.Error(), t.dir+"/inetd.conf, "+want) {
				t.Errorf("no %q in: %v", want, err)
			}
		}
		if !strings.Contains(t.log.String(), "RPC is not supported") {
			t.Errorf("log: %s", t.log)
		}
		for name, lines := range map[string][]string{
			"in use": {"127.0.0.1:cat stream tcp nowait USER /bin/cat cat", "DIR/services stream unix nowait USER /bin/cat cat"},
			"file":   nil,
		} {
			if t.conf(lines...); name == "file" {
				t.check(os.Remove(t.dir + "/inetd.conf"))
			}
			if err := t.do(t.s.Start); err == nil || !strings.HasPrefix(err.Error(), "inetd: ") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if now := descriptors(); now > fds+2 { // the thread pool's
			t.Errorf("%d descriptors, before %d", now, fds)
		}
		t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat")
		t.check(t.do(t.s.Start))
	})
}

// A program that is gone when it is wanted costs its connection, and no descriptor.
func TestProgramGone(t *testing.T) {
	overEach(t, func(t *rig) {
		t.check(os.WriteFile(t.dir+"/program", []byte("#!/bin/sh\n"), 0o700))
		t.conf("127.0.0.1:cat stream tcp nowait USER DIR/program")
		t.check(t.do(t.s.Start))
		t.exchange("cat", "")
		t.check(os.Remove(t.dir + "/program"))
		fds := descriptors()
		for range 20 {
			t.exchange("cat", "")
		}
		t.until("cat", func(st inetd.Status) bool { return st.Failed == 20 && st.Children == 0 })
		if now := descriptors(); now > fds+4 {
			t.Errorf("%d descriptors, before %d", now, fds)
		}
		if !strings.Contains(t.log.String(), "cannot be started") {
			t.Errorf("log: %s", t.log)
		}
	})
}

// Stop ends programs, also those that do not want to, and those about to start.
func TestStop(t *testing.T) {
	for _, grace := range []time.Duration{time.Millisecond, time.Hour} {
		withRig(t, "", inetd.Config{Grace: grace}, func(t *rig) {
			script := `'trap "" TERM; echo ready; while :; do sleep 1000; done'`
			if grace == time.Hour {
				script = "'echo ready; exec sleep 1000'"
			}
			t.conf("127.0.0.1:cat stream tcp nowait USER /bin/sh sh -c " + script)
			t.check(t.do(t.s.Start))
			c := t.dial("cat")
			if _, err := io.ReadFull(c, make([]byte, 6)); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				t.dial("cat")
			}
			t.check(t.do(t.s.Stop))
			if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Error("the program goes on")
			}
			t.check(t.do(t.s.Stop)) // again
		})
	}
}

func TestStopWhileItStarts(t *testing.T) {
	withRig(t, "", inetd.Config{}, func(t *rig) {
		t.conf("127.0.0.1:cat stream tcp nowait USER /bin/cat cat")
		var started *deferred.Deferred[struct{}]
		t.check(t.do(func() *deferred.Deferred[struct{}] {
			started = t.s.Start()
			return t.s.Stop()
		}))
		if err := t.do(func() *deferred.Deferred[struct{}] { return started }); err == nil {
			t.Error("Start succeeded")
		}
		if n := len(t.services()); n != 0 {
			t.Errorf("%d services", n)
		}
	})
}

func TestConformance(t *testing.T) {
	servicetest.Run(t, func(t *testing.T) servicetest.Subject {
		dir := t.TempDir()
		r := reactorOf(t)
		name := dir + "/inetd.conf"
		if err := os.WriteFile(name, []byte("127.0.0.1:0 stream tcp nowait root internal echo\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := inetd.New(r, inetd.Config{File: name})
		return servicetest.Subject{
			Service: s,
			Until: func(t testing.TB, cond func() bool) {
				for end := time.Now().Add(time.Minute); !cond(); {
					if err := r.Iterate(10 * time.Millisecond); err != nil || time.Now().After(end) {
						t.Fatal("it takes too long ", err)
					}
				}
			},
			Open: func() (all []string) {
				for _, st := range s.Services() {
					all = append(all, st.Addr.String())
				}
				return all
			},
		}
	})
}
